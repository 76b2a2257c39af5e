"""What a whole declaration on SageMaker is told, all problems at once, and what a laptop is warned of."""

from __future__ import annotations

from typing import Any

import pytest
from mocks import AWS, LOCAL, declare

from modelberth import DeclarationError, ManagedEndpoint, SelfHostedEndpoint

IMAGE = f"registry.example/shop@sha256:{'0' * 64}"
REAL: dict[str, Any] = {"instance_type": "ml.m5.large"}
QUEUED: dict[str, Any] = {"asynchronous": {"instance_type": "ml.m5.large"}}
VARIANT = {"bundle": "b", "weight": 0.1}


def refused(component: Any, config: dict[str, str], **arguments: Any) -> dict[str, str]:
    with pytest.raises(DeclarationError) as caught:
        declare(lambda: component("shop", **arguments), config)
    return {problem.field: problem.text for problem in caught.value.problems}


def test_it_fails_at_construction_with_the_other_problems(echo: Any) -> None:
    found = refused(ManagedEndpoint, AWS, bundle="echo", api="echo", capture={"percent": 5}, instance_typ="x")
    assert "is not pinned in the configuration of stack 'dev'" in found["bundle"]
    assert "did you mean instance_type?" in found["instance_typ"]


def test_a_cloud_serves_no_newest_build(echo: Any) -> None:
    pins = {**AWS, "modelberth:bundles": '{"shop": "echo:latest"}'}
    assert "is not pinned" in refused(ManagedEndpoint, pins, bundle="shop", api="echo")["bundle"]
    assert (
        "is not pinned"
        in refused(ManagedEndpoint, AWS, image=IMAGE, **REAL, shadow={"bundle": "echo"})["shadow.bundle"]
    )


def test_every_variant_has_the_declared_api(echo: Any, single: Any) -> None:
    arguments = {"bundle": str(echo), "api": "echo", **REAL}
    found = refused(ManagedEndpoint, AWS, **arguments, variants={"b": {"bundle": str(single), "weight": 0.5}})
    assert "'single' has no API 'echo', which url calls; it has double" in found["variants.b.bundle"]
    assert "has no API" in refused(ManagedEndpoint, AWS, **arguments, shadow={"bundle": str(single)})["shadow.bundle"]


def test_self_hosted_endpoints_are_refused_for_now(echo: Any) -> None:
    found = refused(SelfHostedEndpoint, AWS, bundle=str(echo), api="echo", runtime="ecs")
    assert "no SelfHostedEndpoint with runtime 'ecs' on aws; aws serves ManagedEndpoint, SelfHost" in found["runtime"]


@pytest.mark.parametrize("caller", ["web", "12345", "arn:aws:iam::123456789012:user/jo", "everyone"])
def test_a_caller_that_is_none(echo: Any, caller: str) -> None:
    found = refused(ManagedEndpoint, AWS, image=IMAGE, callers=[caller])
    assert "allowed are a role's ARN" in found["callers.0"]


@pytest.mark.parametrize(
    ("arguments", "field", "said"),
    [
        ({"instance_type": "m5.large"}, "instance_type", "they look like ml.c6i.large"),
        ({**REAL, "capture": {"percent": 5, "destination": "bucket/x"}}, "capture.destination", "s3://BUCKET/PREFIX"),
        ({**REAL, "variants": {"main": VARIANT}}, "variants.main", "modelberth's own variant"),
        ({**REAL, "variants": {"b_c": VARIANT}}, "variants.b_c", "cannot be a variant's name"),
        ({**REAL, "variants": {"b": {"bundle": "b"}}}, "variants.b.weight", "is required"),
        ({"asynchronous": {}}, "asynchronous.instance_type", "is required"),
        ({**REAL, "platform": "linux/riscv"}, "platform", "'linux/amd64' or 'linux/arm64'"),
        ({**QUEUED, "asynchronous": {"instance_type": "m5"}}, "asynchronous.instance_type", "like ml.c6i.large"),
        ({**QUEUED, "asynchronous": {"instance_type": "ml.m5.large", "output": "x"}}, "asynchronous.output", "s3://"),
        ({**QUEUED, "asynchronous": {"instance_type": "ml.m5.large", "failure": "x"}}, "asynchronous.failure", "s3://"),
        ({**REAL, "shadow": {"bundle": "b", "instance_type": "m5"}}, "shadow.instance_type", "like ml.c6i.large"),
        (
            {**REAL, "variants": {"b": {**VARIANT, "instance_type": "m5"}}},
            "variants.b.instance_type",
            "like ml.c6i.large",
        ),
        ({**REAL, "endpoint_name": "a" * 64}, "endpoint_name", "at most 63 letters, digits and inner hyphens"),
        ({**REAL, "secrets": {"TOKEN": "hunter2"}}, "secrets.TOKEN", "is no reference that AWS could know"),
        ({**REAL, "secrets": {"TOKEN": "token"}}, "secrets.TOKEN", "arn:aws:ssm:REGION:ACCOUNT:parameter/NAME"),
    ],
)
def test_single_fields(arguments: dict[str, Any], field: str, said: str) -> None:
    assert said in refused(ManagedEndpoint, AWS, image=IMAGE, **arguments)[field]


def test_a_secret_that_is_given_as_a_value_is_not_repeated() -> None:
    assert "hunter2" not in str(refused(ManagedEndpoint, AWS, image=IMAGE, **REAL, secrets={"TOKEN": "hunter2"}))


def test_texts_are_told_with_all_other_problems() -> None:
    found = refused(ManagedEndpoint, AWS, image=IMAGE, instance_type="m5.large", scaling={"min": "two"}, callers=["me"])
    assert set(found) == {"instance_type", "scaling.min", "callers.0"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fraud_scoring", "call the component 'fraud-scoring'"),
        ("fraud.v2", "call the component 'fraud-v2'"),
        ("-fraud", "call the component 'fraud'"),
        ("__", "choose another"),
        ("a" * 49, "use at most 48"),
    ],
)
def test_a_name_that_the_children_cannot_bear(name: str, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        declare(lambda: ManagedEndpoint(name, image=IMAGE, **REAL), AWS)
    assert {problem.field for problem in caught.value.problems} == {"name"}
    assert said in str(caught.value)


def test_local_warns_of_what_the_cloud_would_refuse(echo: Any, caplog: pytest.LogCaptureFixture) -> None:
    config = {**LOCAL, "modelberth:check_clouds": '["aws"]'}
    declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo", capture={"percent": 5}), config)
    assert "'shop' would be refused with modelberth:cloud aws" in caplog.text
    assert "capture: a serverless endpoint has no data capture" in caplog.text


def test_local_warns_of_what_a_target_would_refuse(echo: Any, caplog: pytest.LogCaptureFixture) -> None:
    config = {**LOCAL, "modelberth:check_clouds": '["sagemaker"]'}
    declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo", instance_type="m5.large"), config)
    assert "'shop' would be refused on sagemaker:\n  - instance_type: 'm5.large' is no instance type" in caplog.text


def test_local_warns_of_a_component_that_the_cloud_does_not_serve(echo: Any, caplog: pytest.LogCaptureFixture) -> None:
    config = {**LOCAL, "modelberth:check_clouds": '["aws"]'}
    declare(lambda: SelfHostedEndpoint("shop", bundle="echo", api="echo", runtime="ecs"), config)
    assert "'shop' would be refused with modelberth:cloud aws:\n  - runtime: this version serves no" in caplog.text


def test_what_is_to_be_checked_must_be_known(echo: Any) -> None:
    found = refused(ManagedEndpoint, {**LOCAL, "modelberth:check_clouds": '["ecs2"]'}, bundle="echo", api="echo")
    assert "allowed: aws, aws_lambda, local, sagemaker" in found["modelberth:check_clouds.0"]


def test_local_says_nothing_unasked(echo: Any, caplog: pytest.LogCaptureFixture) -> None:
    declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo", capture={"percent": 5}))
    assert "would be refused" not in caplog.text
