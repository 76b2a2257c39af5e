"""The function: the image with its memory, time and variables, a version for each change, and the alias before them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.images import Images
from modelberth.targets.aws.role import Role
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth_platform.targets.aws_lambda import sizes
from modelberth_platform.targets.aws_lambda.names import ALIAS, FUNCTION_ROLE, MARK_TAG

STREAM_SECONDS = 900
"""How long a streamed answer may go on: as long as a function may run
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""


@dataclass(frozen=True)
class Function:
    """The function of an endpoint.

    Attributes:
        resource: it.
        alias: what callers reach.
    """

    resource: aws.lambda_.Function
    alias: aws.lambda_.Alias

    @property
    def name(self) -> pulumi.Output[str]:
        """Its name."""
        return self.resource.name

    @property
    def version(self) -> pulumi.Output[str]:
        """The version that was published last."""
        return self.resource.version

    @property
    def dimensions(self) -> dict[str, pulumi.Input[str]]:
        """What tells its metrics from others: of all that comes through the alias, whichever version answers
        (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html)."""
        name = self.name
        return {"FunctionName": name, "Resource": pulumi.Output.concat(name, f":{ALIAS}")}


def declare_function(
    place: LambdaPlace, images: Images, role: Role, mark: pulumi.Input[str], needs: Sequence[pulumi.Resource]
) -> Function:
    """Declare the function and its alias.

    Its name is given by Pulumi: a command that is killed while Lambda prepares the image leaves a function behind, and
    the next one makes another. The tag with the mark tells whose it was.
    """
    spec = place.spec
    function = aws.lambda_.Function(
        place.child(FUNCTION_ROLE),
        description=_description(place, images),
        package_type="Image",
        image_uri=images.of["main"].uri,
        image_config=aws.lambda_.FunctionImageConfigArgs(commands=["lambda"]),
        role=role.arn,
        architectures=["arm64" if place.platform == "linux/arm64" else "x86_64"],
        memory_size=place.memory_mb,
        ephemeral_storage=aws.lambda_.FunctionEphemeralStorageArgs(size=sizes.scratch_mb(place.declaration.facts)),
        timeout=STREAM_SECONDS if place.streams else math.ceil(place.answer_seconds) + 1,
        environment=aws.lambda_.FunctionEnvironmentArgs(variables=_environment(place)),
        kms_key_arn=spec.key,
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=place.log_group),
        reserved_concurrent_executions=spec.concurrency,
        vpc_config=_network(place),
        publish=True,
        tags={**place.tags(place.public_tags), MARK_TAG: mark},
        # Lambda tries whether the role may be used and whether it can pull, and would make a log group of its own.
        opts=place.opts(depends_on=[*needs, *role.needs]),
    )
    return Function(function, _alias(place, function))


def _alias(place: LambdaPlace, function: aws.lambda_.Function) -> aws.lambda_.Alias:
    return aws.lambda_.Alias(
        place.child("alias"),
        name=ALIAS,
        function_name=function.name,
        function_version=function.version,
        # The release moves it, after it has tried the new version out.
        opts=place.opts(ignore_changes=["functionVersion", "routingConfig"]),
    )


def _description(place: LambdaPlace, images: Images) -> str:
    """What a version says of itself in Lambda's lists: the bundle and the release that it runs."""
    facts = place.declaration.facts
    served = f"{facts.name} {facts.version}, " if facts else ""
    return f"{served}release {images.release[:19]}"


def _environment(place: LambdaPlace) -> dict[str, pulumi.Input[str]]:
    spec, api = place.spec, place.declaration.api
    return {
        "OMP_NUM_THREADS": str(sizes.threads(place.memory_mb)),
        **spec.env,
        **({"MODELBERTH_API": api} if api else {}),
        "MODELBERTH_TIMEOUT_SECONDS": f"{place.answer_seconds:g}",
        **({"MODELBERTH_LAMBDA_STREAMING": "true"} if place.streams else {}),
        **({"MODELBERTH_SECRETS": pulumi.Output.json_dumps(spec.secrets, sort_keys=True)} if spec.secrets else {}),
    }


def _network(place: LambdaPlace) -> aws.lambda_.FunctionVpcConfigArgs | None:
    network = place.spec.network
    if network is None or not network.subnets or not network.security_groups:
        return None
    return aws.lambda_.FunctionVpcConfigArgs(subnet_ids=network.subnets, security_group_ids=network.security_groups)
