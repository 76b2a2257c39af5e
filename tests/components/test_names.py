"""Physical names, ARNs and addresses in AWS's console, in every partition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mocks
import pulumi
import pytest
from mocks import ACCOUNT, AWS, REGION, declare, record
from sagemaker_children import IMAGE, REAL, children

from modelberth import ManagedEndpoint, SelfHostedEndpoint
from modelberth.targets.names import fitting

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")


@pytest.mark.parametrize(
    ("text", "limit", "name"),
    [
        ("shop-dev", 8, "shop-dev"),
        ("my_shop (old).v2", 63, "my-shop-old-v2"),
        ("__shop__", 63, "shop"),
        ("shop-dev-eu", 10, "s-a510d618"),
        ("a-very-long-name", 12, "a-v-6c158842"),
        ("a--very-long-name", 11, "a-4fcf9bed"),
        ("ab-very-long-name", 12, "ab-22103c97"),
    ],
)
def test_a_name_that_fits(text: str, limit: int, name: str) -> None:
    assert fitting(text, limit) == name
    assert len(name) <= limit


def test_names_that_are_cut_differ() -> None:
    assert fitting("a" * 70, 63) != fitting("a" * 71, 63)


def in_partition(monkeypatch: pytest.MonkeyPatch, partition: str, region: str) -> None:
    """Deploy to another partition of AWS."""
    caller = {"accountId": ACCOUNT, "arn": f"arn:{partition}:iam::{ACCOUNT}:user/deployer", "userId": "A", "id": "A"}
    monkeypatch.setitem(mocks._ANSWERS, "aws:index/getCallerIdentity:getCallerIdentity", caller)
    monkeypatch.setitem(mocks._ANSWERS, "aws:index/getRegion:getRegion", {"region": region, "id": region})


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", REGION, "console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_addresses_in_the_console(monkeypatch: pytest.MonkeyPatch, partition: str, region: str, console: str) -> None:
    in_partition(monkeypatch, partition, region)
    _, outputs = declare(lambda: ManagedEndpoint("shop", **REAL, dashboard=True), AWS)
    place = f"https://{region}.{console}/cloudwatch/home?region={region}"
    group = "$252Faws$252Fsagemaker$252FEndpoints$252Fshop-shop-dev"
    assert outputs["logs_url"] == f"{place}#logsV2:log-groups/log-group/{group}"
    assert outputs["dashboard_url"] == f"{place}#dashboards/dashboard/shop-shop-dev"


def test_arns_in_another_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    in_partition(monkeypatch, "aws-cn", "cn-north-1")
    inputs = children(
        **REAL,
        capture={"percent": 5, "destination": "s3://theirs/below"},
        callers=[f"arn:aws-cn:iam::{ACCOUNT}:role/web", f"arn:aws:iam::{ACCOUNT}:role/other", "210987654321"],
        network={"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
    )
    statements = inputs["policy"]["policy"]
    assert "arn:aws-cn:s3:::theirs/below/*" in statements
    assert f"arn:aws-cn:logs:cn-north-1:{ACCOUNT}:log-group:" in statements
    assert f"arn:aws-cn:ec2:cn-north-1:{ACCOUNT}:subnet/subnet-1" in statements
    assert "arn:aws:s3" not in statements
    assert inputs["invoke-web"]["role"] == "web", "only roles of this partition are of this account"
    assert "arn:aws-cn:iam::210987654321:root" in inputs["invoker"]["assumeRolePolicy"]


@pytest.mark.parametrize(
    ("image", "arn"),
    [
        (IMAGE, f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/shop"),
        (IMAGE.replace("shop@", "shop:v1@"), f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/shop"),
        (
            f"111111111111.dkr.ecr.us-east-1.amazonaws.com/x@sha256:{'0' * 64}",
            "arn:aws:ecr:us-east-1:111111111111:repository/x",
        ),
        (f"registry.dkr.example.com/x@sha256:{'0' * 64}", None),
        (f"registry.of.ecr.example.com/x@sha256:{'0' * 64}", None),
        (f"registry.dkr.ecr.local/x@sha256:{'0' * 64}", None),
    ],
)
def test_the_repository_of_a_given_image(image: str, arn: str | None) -> None:
    policy = children(image=image, instance_type="ml.m5.large")["policy"]["policy"]
    assert ("PullItsImage" in policy) == ("ecr:GetAuthorizationToken" in policy) == (arn is not None)
    assert arn is None or f'"{arn}"' in policy


def test_callers_of_every_kind() -> None:
    services = ["s3.amazonaws.com", "events.amazonaws.com"]
    others = ["210987654321", "111111111111", "210987654321", "arn:aws:iam::333333333333:role/a.b", "111111111111"]
    inputs = children(**REAL, callers=[*services, *others])
    statements = json.loads(inputs["invoker"]["assumeRolePolicy"])["Statement"]
    assert [statement["Principal"] for statement in statements] == [
        {
            "AWS": [
                "arn:aws:iam::111111111111:root",
                "arn:aws:iam::210987654321:root",
                "arn:aws:iam::333333333333:role/a.b",
            ]
        },
        {"Service": ["events.amazonaws.com", "s3.amazonaws.com"]},
    ]
    assert "Condition" not in statements[0]


def test_all_is_asked_of_the_endpoints_own_provider(echo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another account or region, as the program says."""
    providers: dict[str, str | None] = {}
    answer = mocks.Recorder.call

    def call(self: mocks.Recorder, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        providers[args.token] = args.provider
        return answer(self, args)

    def program() -> SelfHostedEndpoint:
        opts = pulumi.ResourceOptions(providers=[aws.Provider("there", region="eu-west-1")])
        ManagedEndpoint("other", bundle=str(echo), api="echo", instance_type="ml.m5.large", opts=opts)
        network: Any = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}
        private: Any = {"runtime": "lambda", "access": "private", "network": network}
        return SelfHostedEndpoint("shop", bundle=str(echo), api="echo", **private, opts=opts)

    import pulumi_aws as aws

    monkeypatch.setattr(mocks.Recorder, "call", call)
    recorder, _ = record(program, AWS)
    assert providers.keys() == mocks._ANSWERS.keys()
    assert all("::there::" in (provider or "") for provider in providers.values()), providers
    declared = {request.name: request.provider for request in recorder.requests if request.type.startswith("aws:")}
    assert declared
    assert all("::there::" in provider for provider in declared.values()), declared
