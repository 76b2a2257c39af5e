"""What a ManagedEndpoint on SageMaker declares for its operation: scaling, alarms, rollouts, callers, names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from mocks import ACCOUNT, AWS, REGION, declare
from sagemaker_children import QUEUED, REAL, children, everything

from modelberth import ManagedEndpoint

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")


@pytest.mark.parametrize(
    ("scaling", "metric", "target"),
    [
        ({"max": 4, "target": 60}, "SageMakerVariantInvocationsPerInstance", 60),
        (
            {"max": 4, "target": 5, "metric": "concurrency"},
            "SageMakerVariantConcurrentRequestsPerModelHighResolution",
            5,
        ),
        ({"max": 4, "metric": "cpu_percent"}, "CPUUtilization", 140),
        ({"max": 4, "metric": "cpu_percent", "target": 50}, "CPUUtilization", 100),
    ],
)
def test_target_tracking(scaling: Any, metric: str, target: float) -> None:
    inputs = children(**REAL, scaling={**scaling, "scale_out_cooldown_seconds": 30, "scale_in_cooldown_seconds": 600})
    tracked = inputs["scaling-policy"]["targetTrackingScalingPolicyConfiguration"]
    assert (tracked["targetValue"], tracked["scaleOutCooldown"], tracked["scaleInCooldown"]) == (target, 30, 600)
    predefined, custom = tracked.get("predefinedMetricSpecification"), tracked.get("customizedMetricSpecification")
    assert (predefined["predefinedMetricType"] if predefined else custom["metricName"]) == metric


def test_alarms() -> None:
    alarms: Any = {
        "error_rate_percent": 2,
        "latency_p99_seconds": 0.25,
        "overhead_p99_seconds": 0.5,
        "no_invocations_minutes": 30,
        "notify": f"arn:aws:sns:{REGION}:{ACCOUNT}:pager",
        "owner": "shop-team",
        "runbook": "https://wiki.example.com/shop",
    }
    inputs = children(**REAL, alarms=alarms)
    assert inputs["alarm-errors"]["threshold"] == 2
    assert (inputs["alarm-latency"]["metricName"], inputs["alarm-latency"]["threshold"]) == ("ModelLatency", 250_000)
    assert (inputs["alarm-overhead"]["metricName"], inputs["alarm-overhead"]["threshold"]) == (
        "OverheadLatency",
        500_000,
    )
    assert (inputs["alarm-no-invocations"]["period"], inputs["alarm-no-invocations"]["treatMissingData"]) == (
        1800,
        "breaching",
    )
    for alarm in ("errors", "latency", "overhead", "no-invocations"):
        text = inputs[f"alarm-{alarm}"]["alarmDescription"]
        assert "Owner: shop-team." in text
        assert "Runbook: https://wiki.example.com/shop" in text
        assert inputs[f"alarm-{alarm}"]["alarmActions"] == [alarms["notify"]]
    watched = inputs["endpoint"]["deployment"]["AutoRollbackConfiguration"]["Alarms"]
    assert [alarm["AlarmName"] for alarm in watched] == [
        f"shop-shop-dev-{alarm}" for alarm in ("errors", "latency", "overhead")
    ], "an endpoint that nobody calls is no reason to go back"
    assert "topic" not in inputs


def test_an_address_gets_a_topic_of_its_own() -> None:
    inputs = children(**REAL, alarms={"notify": "team@example.com"})
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-topic-1a2b3c4"
    assert inputs["topic-subscription"] == {
        "topic": topic,
        "protocol": "email",
        "endpoint": "team@example.com",
    }
    assert inputs["alarm-errors"]["alarmActions"] == [topic]
    assert inputs["alarm-errors"]["okActions"] == [topic]


@pytest.mark.parametrize(
    ("rollout", "policy"),
    [
        (
            {"strategy": "all-at-once", "bake_seconds": 60, "termination_wait_seconds": 0},
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60},
                    "TerminationWaitInSeconds": 0,
                    "MaximumExecutionTimeoutInSeconds": 3660,
                }
            },
        ),
        (
            {},
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "WaitIntervalInSeconds": 300,
                        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
                    },
                    "TerminationWaitInSeconds": 120,
                    "MaximumExecutionTimeoutInSeconds": 4020,
                }
            },
        ),
        (
            {"strategy": "linear", "percent": 50, "bake_seconds": 100},
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "LINEAR",
                        "WaitIntervalInSeconds": 100,
                        "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                    },
                    "TerminationWaitInSeconds": 120,
                    "MaximumExecutionTimeoutInSeconds": 3920,
                }
            },
        ),
        (
            {"strategy": "rolling", "percent": 25, "bake_seconds": 100},
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                    "WaitIntervalInSeconds": 100,
                    "MaximumExecutionTimeoutInSeconds": 4000,
                }
            },
        ),
    ],
)
def test_rollouts(rollout: Any, policy: dict[str, Any]) -> None:
    deployment = children(**REAL, scaling={"min": 2}, rollout=rollout)["endpoint"]["deployment"]
    assert deployment.pop("AutoRollbackConfiguration")
    assert deployment == policy


def test_how_many_previous_releases_stay() -> None:
    assert children(**REAL)["endpoint"]["keep_previous"] == 2
    assert children(**REAL, rollout={"keep_previous": 5})["endpoint"]["keep_previous"] == 5


def test_callers(echo: Path) -> None:
    inputs = children(
        **REAL, callers=[f"arn:aws:iam::{ACCOUNT}:role/apps/web", "210987654321", "arn:aws:iam::111111111111:role/x"]
    )
    invoke = {
        "Sid": "Invoke",
        "Effect": "Allow",
        "Action": ["sagemaker:InvokeEndpoint"],
        "Resource": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/shop-shop-dev",
    }
    assert inputs["invoke-web"]["role"] == "web"
    assert json.loads(inputs["invoke-web"]["policy"])["Statement"] == [invoke]
    assert json.loads(inputs["invoke-invoker"]["policy"])["Statement"] == [invoke]
    (trusted,) = json.loads(inputs["invoker"]["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"AWS": ["arn:aws:iam::111111111111:role/x", "arn:aws:iam::210987654321:root"]}


def test_a_service_that_calls(echo: Path) -> None:
    inputs = children(**REAL, callers=["events.amazonaws.com"])
    (trusted,) = json.loads(inputs["invoker"]["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": ["events.amazonaws.com"]}
    assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_grant_invoke() -> None:
    def program() -> ManagedEndpoint:
        endpoint = ManagedEndpoint("shop", **QUEUED)
        endpoint.grant_invoke(f"arn:aws:iam::{ACCOUNT}:role/apps/web")
        endpoint.grant_invoke(pulumi.Output.from_input("made-here"), name="worker")
        with pytest.raises(TypeError, match="needs name="):
            endpoint.grant_invoke(pulumi.Output.from_input("made-here"))
        return endpoint

    declared, _ = declare(program, AWS)
    assert declared["shop-invoke-web"].inputs["role"] == "web"
    assert declared["shop-invoke-worker"].inputs["role"] == "made-here"
    (statement,) = json.loads(declared["shop-invoke-worker"].inputs["policy"])["Statement"]
    assert statement["Action"] == ["sagemaker:InvokeEndpointAsync"]


def test_a_physical_name() -> None:
    assert children(**REAL, endpoint_name="Fraud-1")["endpoint"]["name"] == "Fraud-1"
    declared, _ = declare(lambda: ManagedEndpoint("a" * 40, **REAL), AWS, stack="a-rather-long-stack-name")
    name = declared[f"{'a' * 40}-endpoint"].inputs["name"]
    assert len(name) <= 63
    other, _ = declare(lambda: ManagedEndpoint("a" * 40, **REAL), AWS, stack="a-rather-long-stack-nope")
    assert other[f"{'a' * 40}-endpoint"].inputs["name"] != name


def test_transforms_reach_the_children() -> None:
    def bigger(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "aws:cloudwatch/logGroup:LogGroup":
            return None
        return pulumi.ResourceTransformationResult({**args.props, "retention_in_days": 7}, args.opts)

    opts = pulumi.ResourceOptions(transformations=[bigger])
    assert children(**REAL, opts=opts)["logs"]["retentionInDays"] == 7


def test_the_dashboard_shows_every_variant(echo: Path) -> None:
    declared, _ = everything(echo)
    body = json.loads(declared["shop-dashboard"].inputs["dashboardBody"])
    assert len(body["widgets"]) == 4
    assert any("challenger" in metric for metric in body["widgets"][0]["properties"]["metrics"])
