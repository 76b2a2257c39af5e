"""What Lambda refuses of a function: sizes, environment, role, network and image."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from engine.moto_lambda_state import invalid, out_of_bounds

_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<path>.+)")
_LISTS = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_PLATFORMS = {"x86_64": "amd64", "arm64": "arm64"}
_RESERVED = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
        *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    }
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""


def refuse(backend: Any, spec: dict[str, Any], function: Any = None) -> None:
    """Refuse what a creation or an update of a function says, as Lambda does; `function` is the one that is updated."""
    _refuse_sizes(spec)
    _refuse_environment((spec.get("Environment") or {}).get("Variables") or {})
    _refuse_logging(spec.get("LoggingConfig") or {})
    if "Role" in spec:
        _refuse_role(backend, spec["Role"])
    if "VpcConfig" in spec:
        _refuse_network(backend, spec["VpcConfig"], spec.get("Role") or function.role)
    image = spec.get("ImageUri") or (spec.get("Code") or {}).get("ImageUri")
    if image:
        usual = function.architectures if function else ["x86_64"]
        _refuse_image(backend, image, (spec.get("Architectures") or usual)[0])


def _refuse_sizes(spec: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody"""
    name = spec.get("FunctionName", "")
    if len(name) > 64:
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64"
        )
    storage = (spec.get("EphemeralStorage") or {}).get("Size", 512)
    for member, value, least, most in (
        ("memorySize", spec.get("MemorySize", 128), 128, 10240),
        ("timeout", spec.get("Timeout", 3), 1, 900),
        ("ephemeralStorage.size", storage, 512, 10240),
    ):
        if value < least:
            raise out_of_bounds(value, member, f"Member must have value greater than or equal to {least}")
        if value > most:
            raise out_of_bounds(value, member, f"Member must have value less than or equal to {most}")


def _refuse_environment(variables: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "Environment variables: 4 KB"."""
    unable = "Lambda was unable to configure your environment variables because the environment variables you have"
    text = json.dumps(variables, separators=(",", ":"))
    if len(text.encode()) > 4096:
        raise invalid(f"{unable} provided exceeded the 4KB limit. String measured: {text}")
    reserved = sorted(variables.keys() & _RESERVED)
    if reserved:
        raise invalid(
            f"{unable} provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )


def _refuse_logging(logging: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html: log levels are for JSON."""
    levels = logging.keys() & {"ApplicationLogLevel", "SystemLogLevel"}
    if levels and logging.get("LogFormat", "Text") == "Text":
        raise invalid(
            'LogLevel is not supported when LogFormat is set to "Text". '
            'Remove LogLevel from your request or change the LogFormat to "JSON" and try again.'
        )


def _refuse_role(backend: Any, arn: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html: Lambda must be trusted."""
    try:
        role = iam_backends[backend.account_id][backend.partition].get_role_by_arn(arn)
    except NotFoundException:
        role = None
    if role is None or not _trusts_lambda(role.assume_role_policy_document):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")


def _trusts_lambda(document: str) -> bool:
    for statement in _statements(json.loads(document)):
        principal = statement.get("Principal")
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        named = [services] if isinstance(services, str) else services
        if statement["Effect"] == "Allow" and "lambda.amazonaws.com" in named:
            return True
    return False


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    statements = document["Statement"]
    return [statements] if isinstance(statements, dict) else statements


def _refuse_network(backend: Any, network: dict[str, Any], role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions: Lambda looks
    the network up, and makes network interfaces in it with the function's role."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    for subnet in network.get("SubnetIds") or []:
        if not any(subnet in subnets for subnets in ec2.subnets.values()):
            raise invalid(
                "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
                f"EC2 Error Message: The subnet ID '{subnet}' does not exist"
            )
    for group in network.get("SecurityGroupIds") or []:
        if not any(group in groups for groups in ec2.groups.values()):
            raise invalid(
                "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
                f"EC2 Error Message: The security group '{group}' does not exist"
            )
    if network.get("SubnetIds") and not _may_make_interfaces(backend, role):
        raise invalid("The provided execution role does not have permissions to call CreateNetworkInterface on EC2")


def _may_make_interfaces(backend: Any, arn: str) -> bool:
    role = iam_backends[backend.account_id][backend.partition].get_role_by_arn(arn)
    managed = [policy.document for policy in role.managed_policies.values()]
    for document in [*role.policies.values(), *managed]:
        for statement in _statements(json.loads(document)):
            actions = statement.get("Action", [])
            wanted = [actions] if isinstance(actions, str) else actions
            if statement["Effect"] == "Allow" and {"ec2:CreateNetworkInterface", "ec2:*"} & {*wanted}:
                return True
    return False


def _refuse_image(backend: Any, uri: str, architecture: str) -> None:
    """Refuse an image that Lambda cannot run; one of another account is taken as it is.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html: an image is in ECR, in the function's region, and
    of one platform, no list of several. Of another architecture than the function's, AWS takes it and every invocation
    fails; the project wants it refused.
    """
    repository, image = _in_ecr(backend, uri)
    if repository is None:
        return
    if image is None:
        raise invalid(f"Source image {uri} does not exist. Provide a valid source image.")
    _refuse_without_policy(repository)
    manifest = json.loads(image.image_manifest)
    if manifest.get("mediaType") in _LISTS or "manifests" in manifest:
        raise invalid(f"The image manifest, config or layer media type for the source image {uri} is not supported.")
    platform = (manifest.get("config") or {}).get("platform")
    if platform and platform["architecture"] != _PLATFORMS[architecture]:
        raise invalid(
            f"The architecture {platform['architecture']} of the source image {uri} is not that of the function, "
            f"{architecture}."
        )


def _in_ecr(backend: Any, uri: str) -> tuple[Any, Any]:
    """The repository and the image in the account's ECR; no repository where another account or registry has it."""
    found = _ECR.fullmatch(uri)
    own = found is not None and found["account"] == backend.account_id
    registry, _, rest = uri.partition("/")
    on_loopback = registry == os.environ.get("MODELBERTH_TEST_REGISTRY")
    if not on_loopback and (found is None or found["region"] != backend.region_name):
        raise invalid(f"Source image {uri} is not valid. Provide a valid source image.")
    if not own and not on_loopback:
        return None, None
    repository, image = _split(found["path"] if found else rest)
    known = ecr_backends[backend.account_id][backend.region_name].repositories.get(repository)
    if known is None:
        raise invalid(f"Source image {uri} does not exist. Provide a valid source image.")
    for each in known.images:
        if image in (each.get_image_digest(), *each.image_tags):
            return known, each
    return known, None


def _split(path: str) -> tuple[str, str]:
    """The repository, and the digest or tag."""
    repository, at, digest = path.partition("@")
    if at:
        return repository.partition(":")[0], digest
    repository, _, tag = path.partition(":")
    return repository, tag or "latest"


def _refuse_without_policy(repository: Any) -> None:
    """Refuse a repository whose policy does not let Lambda pull.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions: Lambda adds these
    permissions itself if who calls may set the repository's policy; here, who deploys may not.
    """
    document = json.loads(repository.policy) if repository.policy else {"Statement": []}
    wanted = {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
    for statement in _statements(document):
        principal, actions = statement.get("Principal"), statement.get("Action", [])
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        may = {actions} if isinstance(actions, str) else set(actions)
        lambdas = "lambda.amazonaws.com" in ([services] if isinstance(services, str) else services)
        if statement["Effect"] == "Allow" and lambdas and (wanted <= may or "ecr:*" in may):
            return
    raise invalid("Lambda does not have permission to access the ECR image. Check the ECR permissions.")
