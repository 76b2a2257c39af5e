"""Declaring components on Pulumi's mocks: milliseconds, no engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor


class Declared:
    """A resource as the engine would have been asked for it."""

    def __init__(self, args: pulumi.runtime.MockResourceArgs) -> None:
        self.type, self.name, self.inputs = args.typ, args.name, args.inputs
        self.custom = bool(args.custom)
        self.parent = ""


class _Monitor(MockMonitor):
    """Notes the requests too, whose options mocks are not told."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.mocks.requests.append(request)
        declared = self.mocks.declared.get(request.name)
        if declared is not None:
            declared.parent = request.parent
        return response


class Recorder(pulumi.runtime.Mocks):
    """Remembers what is declared and answers as the local target's providers would."""

    def __init__(self) -> None:
        self.declared: dict[str, Declared] = {}
        self.requests: list[Any] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.declared[args.name] = Declared(args)
        outputs = dict(args.inputs)
        if args.typ.endswith("Slot"):
            outputs |= {"port": 20000, "directory": "/state/endpoint", "machine": "here"}
        if args.typ.endswith("LambdaFunctions"):
            outputs["mark"] = "0123456789abcdef"
        if args.typ.startswith("aws:") or args.typ.endswith(("Endpoint", ":Image", ":ImageTag")):
            outputs = _as_aws(args, outputs)
        return f"{args.name}-id", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return _ANSWERS.get(args.token, {})


def _as_aws(args: pulumi.runtime.MockResourceArgs, outputs: dict[str, Any]) -> dict[str, Any]:
    """What AWS would add: names, ARNs, addresses."""
    kind = args.typ.rpartition(":")[2]
    name = args.inputs.get("name", f"{args.name}-1a2b3c4")
    outputs |= {"name": name, "arn": _ARNS.get(kind, "arn:aws:other:::{name}").format(name=name)}
    outputs["bucket"] = args.inputs.get("bucket", name)
    if kind == "Repository":
        outputs["repositoryUrl"] = f"{REGISTRY}/{outputs['name']}"
    if kind == "Function":
        outputs["version"] = "1"
    if kind == "FunctionUrl":
        outputs["functionUrl"] = f"https://{args.name}-abc.lambda-url.{REGION}.on.aws/"
    if kind == "ImageTag":
        outputs["tag"] = args.inputs["build"]["tag"]
    if kind == "Image":
        outputs["repoDigest"] = f"{args.inputs['imageName'].rpartition(':')[0]}@sha256:{'1' * 64}"
    return outputs


ACCOUNT, REGION = "123456789012", "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
_ARNS = {
    "Alias": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-function-1a2b3c4:{{name}}",
    "Bucket": "arn:aws:s3:::{name}",
    "Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{name}}",
    "Policy": f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:{{name}}",
    "Repository": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{{name}}",
    "Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "SageMakerEndpoint": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{{name}}",
    "Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{name}}",
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/deployer",
        "userId": "AIDA",
        "id": ACCOUNT,
    },
    "aws:index/getRegion:getRegion": {"region": REGION, "id": REGION, "description": "", "endpoint": ""},
    "aws:ec2/getSubnet:getSubnet": {"vpcId": "vpc-1", "id": "subnet-1"},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
        "userName": "AWS",
        "password": "hunter2",
        "id": REGION,
        "region": REGION,
        "authorizationToken": "x",
        "proxyEndpoint": "x",
        "expiresAt": "x",
    },
}

LOCAL = {"modelberth:cloud": "local"}
AWS = {"modelberth:cloud": "aws"}


def declare(
    program: Callable[[], Any], config: Mapping[str, str] = LOCAL, stack: str = "dev"
) -> tuple[dict[str, Declared], dict[str, Any]]:
    """Run a program on mocks; returns the declared resources by name, and the outputs of the component it returns.

    What the program raises is raised.
    """
    recorder, outputs = record(program, config, stack)
    return recorder.declared, outputs


def record(
    program: Callable[[], Any], config: Mapping[str, str], stack: str = "dev"
) -> tuple[Recorder, dict[str, Any]]:
    """The same, with all that the engine was asked."""
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="shop", stack=stack, monitor=_Monitor(recorder))
    pulumi.runtime.set_all_config(dict(config))
    outputs: dict[str, Any] = {}

    def run() -> Any:
        component = program()
        if component is None:
            return None
        names = (
            "url",
            "base_url",
            "endpoint_name",
            "arn",
            "bundle",
            "release",
            "logs_url",
            "urn",
            "role_arn",
            "dashboard_url",
            "invoker_role_arn",
        )
        known = pulumi.Output.all(**{name: getattr(component, name) for name in names})
        return known.apply(outputs.update)

    pulumi.runtime.test(run)()
    return recorder, outputs
