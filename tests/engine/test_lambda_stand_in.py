"""The stand-in for Lambda refuses the functions, images and concurrencies that AWS refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.stand_in import (
    CONFLICT,
    INVALID,
    MISSING,
    OUT_OF_BOUNDS,
    account,
    client,
    function,
    published,
    refused,
    role,
)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with account(monkeypatch):
        yield


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ({"FunctionName": "f" * 65}, INVALID, "length less than or equal to 64"),
        ({"MemorySize": 127}, OUT_OF_BOUNDS, "'127' at 'memorySize'"),
        ({"MemorySize": 10241}, OUT_OF_BOUNDS, "less than or equal to 10240"),
        ({"Timeout": 901}, OUT_OF_BOUNDS, "'901' at 'timeout'"),
        ({"EphemeralStorage": {"Size": 511}}, OUT_OF_BOUNDS, "'511' at 'ephemeralStorage.size'"),
        ({"EphemeralStorage": {"Size": 10241}}, OUT_OF_BOUNDS, "less than or equal to 10240"),
        ({"Environment": {"Variables": {"A": "x" * 4096}}}, INVALID, "exceeded the 4KB limit"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, INVALID, "reserved keys"),
        (
            {"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "WARN"}},
            INVALID,
            "LogLevel",
        ),
        (
            {"Role": "arn:aws:iam::123456789012:role/none"},
            INVALID,
            "cannot be assumed by Lambda",
        ),
        (
            {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}},
            INVALID,
            "subnet-1",
        ),
        ({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": ["sg-1"]}}, INVALID, "sg-1"),
    ],
)
def test_what_no_function_can_be(spec: dict[str, Any], code: str, words: str) -> None:
    with refused(code, words):
        function(**spec)
    function()
    if spec.keys() & {"FunctionName"}:
        return
    with refused(code, words):
        client("lambda").update_function_configuration(FunctionName="shop", **spec)


def test_a_role_that_trusts_another_service() -> None:
    with refused(INVALID, "cannot be assumed by Lambda"):
        function(Role=role(service="sagemaker.amazonaws.com"))


def test_a_role_that_may_make_no_network_interfaces() -> None:
    subnet = client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"SubnetIds": [subnet], "SecurityGroupIds": []}
    with refused(INVALID, "does not have permissions to call CreateNetworkInterface on EC2"):
        function(VpcConfig=network)
    allowed = role()
    statement = {"Effect": "Allow", "Action": ["ec2:CreateNetworkInterface"], "Resource": "*"}
    client("iam").put_role_policy(
        RoleName=allowed.rpartition("/")[2],
        PolicyName="network",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    function(VpcConfig=network, Role=allowed)


def test_a_function_under_a_name_that_is_taken() -> None:
    function()
    with refused(CONFLICT, "Function already exist: shop"):
        function(Role=role())


# Images

OWN = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1"
LAMBDA_MAY_PULL = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
}


def pushed(manifest: dict[str, Any], *, statements: list[dict[str, Any]] | None = None) -> str:
    """Push an image to the account's own repository and give it a policy; returns the image's URI."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="shop")
    ecr.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag="1")
    allowed = [LAMBDA_MAY_PULL] if statements is None else statements
    if allowed:
        policy = {"Version": "2012-10-17", "Statement": allowed}
        ecr.set_repository_policy(repositoryName="shop", policyText=json.dumps(policy))
    return OWN


def manifest_of(architecture: str) -> dict[str, Any]:
    kind = "application/vnd.oci.image.manifest.v1+json"
    config = {"digest": "sha256:0", "size": 1, "platform": {"architecture": architecture, "os": "linux"}}
    return {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [{"digest": "sha256:1", "size": 1}]}


INDEX = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [], "layers": []}


@pytest.mark.parametrize("manifest", [INDEX, {**INDEX, "mediaType": "application/vnd.oci.image.manifest.v1+json"}])
def test_an_image_of_several_platforms(manifest: dict[str, Any]) -> None:
    image = pushed(manifest)
    with refused(INVALID, f"media type for the source image {image} is not supported"):
        function(Code={"ImageUri": image})


def test_an_image_of_another_architecture() -> None:
    image = pushed(manifest_of("arm64"))
    function(Code={"ImageUri": image}, Architectures=["arm64"])
    with refused(INVALID, "The architecture arm64 of the source image"):
        function("other", Code={"ImageUri": image})


@pytest.mark.parametrize("image", ["docker.io/shop:1", OWN.replace("eu-central-1", "eu-west-1")])
def test_an_image_from_elsewhere(image: str) -> None:
    with refused(INVALID, f"Source image {image} is not valid"):
        function(Code={"ImageUri": image})


def test_an_image_that_is_not_there() -> None:
    with refused(INVALID, f"Source image {OWN} does not exist"):
        function(Code={"ImageUri": OWN})
    pushed(manifest_of("amd64"))
    missing = OWN.replace(":1", ":2")
    with refused(INVALID, f"Source image {missing} does not exist"):
        function(Code={"ImageUri": missing}, Role=role())


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{**LAMBDA_MAY_PULL, "Action": "ecr:BatchGetImage"}],
        [{**LAMBDA_MAY_PULL, "Principal": {"Service": "sagemaker.amazonaws.com"}}],
    ],
)
def test_a_repository_that_lambda_may_not_pull_from(statements: list[dict[str, Any]]) -> None:
    image = pushed(manifest_of("amd64"), statements=statements)
    with refused(INVALID, "Lambda does not have permission to access the ECR image"):
        function(Code={"ImageUri": image})


# Concurrency


def test_concurrency_that_leaves_too_little() -> None:
    function()
    function("other")
    reserve = client("lambda").put_function_concurrency
    reserve(FunctionName="other", ReservedConcurrentExecutions=500)
    reserve(FunctionName="shop", ReservedConcurrentExecutions=400)
    with refused(INVALID, "below its minimum value of [100]"):
        reserve(FunctionName="shop", ReservedConcurrentExecutions=401)


def test_concurrency_below_what_is_provisioned() -> None:
    function(Publish=True)
    _provision("1", 5)
    with refused(INVALID, "lower than function's total provisioned concurrency [5]"):
        client("lambda").put_function_concurrency(FunctionName="shop", ReservedConcurrentExecutions=4)


def _provision(qualifier: str, count: int = 1) -> None:
    client("lambda").put_provisioned_concurrency_config(
        FunctionName="shop", Qualifier=qualifier, ProvisionedConcurrentExecutions=count
    )


def test_provisioned_concurrency_goes_through_its_states() -> None:
    function(Publish=True)
    _provision("1", 3)
    described = client("lambda").get_provisioned_concurrency_config
    states = [described(FunctionName="shop", Qualifier="1")["Status"] for _ in range(2)]
    assert states == ["IN_PROGRESS", "READY"]
    client("lambda").delete_provisioned_concurrency_config(FunctionName="shop", Qualifier="1")
    with refused("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found"):
        described(FunctionName="shop", Qualifier="1")


@pytest.mark.parametrize(
    ("qualifier", "count", "code", "words"),
    [
        ("$LATEST", 1, INVALID, "cannot be applied to unpublished function versions"),
        ("1", 0, OUT_OF_BOUNDS, "greater than or equal to 1"),
        ("1", 11, INVALID, "greater than the reservedConcurrentExecution for function"),
        (
            "weighted",
            1,
            INVALID,
            "Alias with weights can not be used with Provisioned Concurrency",
        ),
        ("9", 1, MISSING, "Function not found"),
        ("none", 1, MISSING, "Cannot find alias arn"),
    ],
)
def test_concurrency_that_cannot_be_provisioned(qualifier: str, count: int, code: str, words: str) -> None:
    function(Publish=True)
    published(MemorySize=256)
    client("lambda").put_function_concurrency(FunctionName="shop", ReservedConcurrentExecutions=10)
    weights = {"AdditionalVersionWeights": {"2": 0.1}}
    client("lambda").create_alias(FunctionName="shop", Name="weighted", FunctionVersion="1", RoutingConfig=weights)
    with refused(code, words):
        _provision(qualifier, count)


def test_a_version_and_its_alias_cannot_both_be_provisioned() -> None:
    function(Publish=True)
    client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    _provision("live")
    with refused(CONFLICT, "pointed by a Provisioned Concurrency alias"):
        _provision("1")
    client("lambda").delete_provisioned_concurrency_config(FunctionName="shop", Qualifier="live")
    _provision("1")
    with refused(CONFLICT, "already Provisioned version"):
        _provision("live")
