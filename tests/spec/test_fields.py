"""Every field by itself: its default, the least and the greatest value that it takes, and the types that it refuses."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from declarations import IMAGE
from pydantic import BaseModel, ValidationError

from modelberth_platform.declaration.settings import StackSettings
from modelberth_platform.spec import EndpointSpec, ManagedEndpointSpec, SelfHostedEndpointSpec

pytestmark = pytest.mark.usefixtures("event_loop")

BEYOND_ANY = 10**6
SCALING = {
    "min": 1,
    "max": None,
    "metric": None,
    "target": None,
    "scale_out_cooldown_seconds": 60,
    "scale_in_cooldown_seconds": 300,
}
COMMON: dict[str, Any] = {
    "bundle": None,
    "image": None,
    "trust": None,
    "api": None,
    "scaling": SCALING,
    "rollout": None,
    "env": {},
    "secrets": {},
    "callers": [],
    "alarms": None,
    "network": None,
    "timeout_seconds": None,
    "dashboard": False,
    "role": None,
    "bucket": None,
    "key": None,
    "tags": {},
    "endpoint_name": None,
    "platform": None,
}
MANAGED: dict[str, Any] = {
    "access": "iam",
    "instance_type": None,
    "serverless": None,
    "asynchronous": None,
    "variants": {},
    "shadow": None,
    "capture": None,
    "start_timeout_seconds": None,
    "volume_gb": None,
}
SELF_HOSTED = {
    "access": None,
    "cpu": None,
    "memory_mb": None,
    "concurrency": None,
    "provisioned": None,
    "throttle": None,
    "cors": None,
}
REQUIRED: dict[str, dict[str, Any]] = {
    "asynchronous": {"instance_type": "ml.m5.large"},
    "capture": {"percent": 5},
    "shadow": {"bundle": "b"},
}
"""What a part asks for beside the piece that is tried."""


def test_the_defaults_of_an_endpoint() -> None:
    assert EndpointSpec().model_dump() == COMMON
    assert ManagedEndpointSpec().model_dump() == {**COMMON, **MANAGED}
    assert SelfHostedEndpointSpec(runtime="ecs").model_dump() == {**COMMON, **SELF_HOSTED, "runtime": "ecs"}


@pytest.mark.parametrize(
    ("field", "given", "defaults"),
    [
        (
            "rollout",
            {},
            {"strategy": None, "percent": None, "bake_seconds": None, "termination_wait_seconds": None}
            | {"keep_previous": 2},
        ),
        (
            "alarms",
            {},
            {"error_rate_percent": None, "latency_p99_seconds": None, "overhead_p99_seconds": None}
            | {"no_invocations_minutes": None, "notify": None, "owner": None, "runbook": None},
        ),
        (
            "network",
            {},
            {"subnets": None, "security_groups": None, "isolated": False, "private_endpoint": None},
        ),
        ("serverless", {}, {"memory_mb": 2048, "max_concurrency": 5, "provisioned_concurrency": None}),
        (
            "asynchronous",
            {"instance_type": "ml.m5.large"},
            {"output": None, "failure": None, "max_concurrency": None, "success_topic": None, "error_topic": None},
        ),
        ("capture", {"percent": 5}, {"destination": None}),
        ("shadow", {"bundle": "b"}, {"percent": 100, "instance_type": None}),
    ],
)
def test_the_defaults_of_a_part(field: str, given: dict[str, Any], defaults: dict[str, Any]) -> None:
    part = getattr(ManagedEndpointSpec.model_validate({field: given}), field)
    assert part.model_dump() == {**given, **defaults}


def test_the_defaults_of_a_variant() -> None:
    spec = ManagedEndpointSpec.model_validate({"variants": {"b": {"bundle": "b", "weight": 0.5}}})
    assert spec.variants["b"].model_dump() == {"bundle": "b", "weight": 0.5, "instance_type": None}


def test_the_defaults_of_a_stack() -> None:
    assert StackSettings(cloud="local").model_dump() == {
        "cloud": "local",
        "bundles": {},
        "store": None,
        "images": {"base": None, "build_base": None, "network": None},
        "check_clouds": [],
        "ports": {},
    }


WHOLE = {
    "scaling.min": 0,
    "scaling.max": 1,
    "scaling.scale_out_cooldown_seconds": 0,
    "scaling.scale_in_cooldown_seconds": 0,
    "rollout.bake_seconds": 0,
    "rollout.termination_wait_seconds": 0,
    "rollout.keep_previous": 0,
    "alarms.no_invocations_minutes": 1,
    "serverless.memory_mb": 1,
    "serverless.max_concurrency": 1,
    "serverless.provisioned_concurrency": 1,
    "asynchronous.max_concurrency": 1,
    "start_timeout_seconds": 1,
    "volume_gb": 1,
}
"""Whole numbers, by the path of their field: the least that each takes."""


@pytest.mark.parametrize(("path", "least"), WHOLE.items())
def test_the_least_whole_number(path: str, least: int) -> None:
    others = {"min": 0} if path == "scaling.max" else {}
    assert _given(ManagedEndpointSpec, path, least, others) == least
    assert _refused(ManagedEndpointSpec, path, least - 1, others)
    for value in (str(least), least + 0.5, True):
        assert _refused(ManagedEndpointSpec, path, value), "nothing is rounded or read from a text"


@pytest.mark.parametrize(("path", "least"), [("memory_mb", 1), ("concurrency", 1), ("provisioned", 0)])
def test_the_least_of_ones_own_compute(path: str, least: int) -> None:
    assert _given(SelfHostedEndpointSpec, path, least) == least
    assert _refused(SelfHostedEndpointSpec, path, least - 1)


SHARES = {
    "rollout.percent": 100,
    "alarms.error_rate_percent": 100,
    "capture.percent": 100,
    "shadow.percent": 100,
    "scaling.target": None,
    "alarms.latency_p99_seconds": None,
    "alarms.overhead_p99_seconds": None,
    "timeout_seconds": None,
}
"""Numbers above 0, by the path of their field: the greatest that each takes."""


@pytest.mark.parametrize(("path", "greatest"), SHARES.items())
def test_a_number_above_0(path: str, greatest: float | None) -> None:
    assert _refused(ManagedEndpointSpec, path, 0)
    assert _given(ManagedEndpointSpec, path, 0.01) == 0.01
    assert _given(ManagedEndpointSpec, path, greatest or BEYOND_ANY) == (greatest or BEYOND_ANY)
    assert greatest is None or _refused(ManagedEndpointSpec, path, greatest + 0.5)


def test_a_share_of_the_cpus() -> None:
    assert _given(SelfHostedEndpointSpec, "cpu", 0.25) == 0.25
    assert _refused(SelfHostedEndpointSpec, "cpu", 0)


@pytest.mark.parametrize("weight", [0, 1])
def test_a_variant_answers_some_of_the_requests(weight: float) -> None:
    variants = {"b": {"bundle": "b", "weight": 0.01}, "c": {"bundle": "b", "weight": 0.99}}
    assert ManagedEndpointSpec.model_validate({"variants": variants})
    with pytest.raises(ValidationError):
        ManagedEndpointSpec.model_validate({"variants": {"b": {"bundle": "b", "weight": weight}}})


@pytest.mark.parametrize("path", ["bundle", "api", "shadow.bundle"])
def test_a_text_that_may_not_be_empty(path: str) -> None:
    assert _given(ManagedEndpointSpec, path, "b") == "b"
    assert _refused(ManagedEndpointSpec, path, "")


def test_a_variants_bundle_is_named() -> None:
    with pytest.raises(ValidationError):
        ManagedEndpointSpec.model_validate({"variants": {"b": {"bundle": "", "weight": 0.5}}})


CHOICES = {
    "trust": ["pickle"],
    "access": ["iam"],
    "platform": ["linux/amd64", "linux/arm64"],
    "scaling.metric": ["requests_per_minute", "concurrency", "cpu_percent", "backlog"],
    "rollout.strategy": ["all-at-once", "canary", "linear", "rolling"],
}


@pytest.mark.parametrize(("path", "choices"), CHOICES.items())
def test_a_choice(path: str, choices: list[str]) -> None:
    assert [_given(ManagedEndpointSpec, path, choice) for choice in choices] == choices
    assert _refused(ManagedEndpointSpec, path, "another")


def test_the_choices_of_ones_own_compute() -> None:
    for runtime in ("lambda", "ecs"):
        assert SelfHostedEndpointSpec.model_validate({"runtime": runtime}).runtime == runtime


@pytest.mark.parametrize("name", ["A", "_a", "a1_B", "MODELBERTH_MAX_BODY_MB", "MODELBERTH_THREADS", "MODELBERTHS"])
def test_a_name_of_a_variable(name: str) -> None:
    for field in ("env", "secrets"):
        assert _given(ManagedEndpointSpec, field, {name: "x"}) == {name: "x"}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A.", "MODELBERTH_API", "MODELBERTH_THREADS_"])
def test_what_is_no_name_of_a_variable(name: str) -> None:
    for field in ("env", "secrets"):
        assert _refused(ManagedEndpointSpec, field, {name: "x"})


@pytest.mark.parametrize("name", ["a", "B2", "a-b", "a--b", "a" * 32, "mains", "a-shadow"])
def test_a_name_of_a_variant(name: str) -> None:
    assert ManagedEndpointSpec.model_validate({"variants": {name: {"bundle": "b", "weight": 0.5}}})


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "a.b", "a" * 33, "main", "shadow"])
def test_what_is_no_name_of_a_variant(name: str) -> None:
    with pytest.raises(ValidationError):
        ManagedEndpointSpec.model_validate({"variants": {name: {"bundle": "b", "weight": 0.5}}})


@pytest.mark.parametrize("name", ["-a", "a-", "a_b", "a.b", "", "a b"])
def test_what_is_no_name_of_an_endpoint(name: str) -> None:
    assert _given(ManagedEndpointSpec, "endpoint_name", "Fraud--1") == "Fraud--1"
    assert _refused(ManagedEndpointSpec, "endpoint_name", name)


@pytest.mark.parametrize("image", ["team/shop", IMAGE[:-1], f"{IMAGE}0", IMAGE.replace("0" * 64, "g" * 64)])
def test_what_is_no_image_by_digest(image: str) -> None:
    assert _given(ManagedEndpointSpec, "image", IMAGE) == IMAGE
    assert _refused(ManagedEndpointSpec, "image", image)


OUTPUTS = ["role", "bucket", "key", "asynchronous.output", "asynchronous.failure"]
OUTPUTS += ["asynchronous.success_topic", "asynchronous.error_topic", "capture.destination"]


@pytest.mark.parametrize("path", OUTPUTS)
def test_what_may_come_from_another_resource(path: str) -> None:
    assert isinstance(_given(ManagedEndpointSpec, path, pulumi.Output.from_input("x")), pulumi.Output)
    assert _given(ManagedEndpointSpec, path, "x") == "x"
    assert _refused(ManagedEndpointSpec, path, 5)


@pytest.mark.parametrize(
    "path", ["bundle", "api", "instance_type", "endpoint_name", "alarms.notify", "network.isolated"]
)
def test_what_decides_which_resources_there_are_is_plain(path: str) -> None:
    assert _refused(ManagedEndpointSpec, path, pulumi.Output.from_input("x"))


def test_a_spec_stays_as_it_is() -> None:
    spec = ManagedEndpointSpec(bundle="b")
    with pytest.raises(ValidationError, match="frozen"):
        spec.bundle = "c"
    with pytest.raises(ValidationError, match="frozen"):
        spec.scaling.min = 2


def _given(spec: type[BaseModel], path: str, value: Any, others: dict[str, Any] | None = None) -> Any:
    """What the spec holds of a field that is given this value."""
    field, _, piece = path.partition(".")
    part = {**REQUIRED.get(field, {}), **(others or {}), piece: value} if piece else value
    runtime = {"runtime": "ecs"} if spec is SelfHostedEndpointSpec else {}
    checked = getattr(spec.model_validate({**runtime, field: part}), field)
    return getattr(checked, piece) if piece else checked


def _refused(spec: type[BaseModel], path: str, value: Any, others: dict[str, Any] | None = None) -> bool:
    try:
        _given(spec, path, value, others)
    except ValidationError as error:
        return {".".join(map(str, problem["loc"]))[: len(path)] for problem in error.errors()} == {path}
    return False
