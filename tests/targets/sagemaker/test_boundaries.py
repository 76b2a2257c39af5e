"""Each limit of SageMaker begins where AWS says: the last value that is allowed, and the first that is not."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
from declarations import IMAGE, LARGE, QUEUED, TWO

from modelberth_platform.bundle import BundleFacts
from modelberth_platform.bundle.facts import ModelFacts
from modelberth_platform.spec import ManagedEndpointSpec
from modelberth_platform.targets.sagemaker.instances import InstanceType, instance_type
from modelberth_platform.targets.sagemaker.limits import limits
from modelberth_platform.targets.sagemaker.words import update_in_words
from modelberth_platform.targets.target import Candidate

pytestmark = pytest.mark.usefixtures("event_loop")

REFERENCES = 1024 - len(json.dumps({"A": ""}))
"""Characters of the reference of a secret `A` whose JSON has the greatest length."""
GIGABYTE, MEBIBYTE = 10**9, 1024**2


def problems(arguments: dict[str, Any]) -> set[str]:
    """The fields that are refused."""
    spec = ManagedEndpointSpec.model_validate({"image": IMAGE, **arguments})
    return {problem.field for problem in limits(Candidate("shop", spec))}


def shares(*weights: float) -> dict[str, Any]:
    """Variants with these weights."""
    return {f"v{number}": {"bundle": "b", "weight": weight} for number, weight in enumerate(weights)}


@pytest.mark.parametrize(
    ("path", "arguments", "allowed", "refused"),
    [
        ("serverless.memory_mb", {}, 1024, 1023),
        ("serverless.memory_mb", {}, 6144, 7168),
        ("serverless.max_concurrency", {}, 200, 201),
        ("serverless.provisioned_concurrency", {"serverless": {"max_concurrency": 3}}, 3, 4),
        ("asynchronous.max_concurrency", QUEUED, 1000, 1001),
        ("variants", LARGE, shares(0.5, 0.49), shares(0.5, 0.5)),
        ("variants", LARGE, shares(0.1, 0.1), shares(0.1, 0.1, 0.1)),
        ("scaling.min", LARGE, 1, 0),
        ("scaling.min", QUEUED, 0, None),
        ("scaling.target", {**LARGE, "scaling": {"max": 3, "metric": "cpu_percent"}}, 100, 100.5),
        ("rollout.bake_seconds", LARGE, 3600, 3601),
        ("rollout.termination_wait_seconds", LARGE, 3600, 3601),
        ("rollout.percent", {**TWO, "rollout": {"strategy": "canary"}}, 1, 0.5),
        ("rollout.percent", {**TWO, "rollout": {"strategy": "canary"}}, 50, 51),
        ("rollout.percent", {**TWO, "rollout": {"strategy": "linear"}}, 10, 9),
        ("rollout.percent", {**TWO, "rollout": {"strategy": "rolling"}}, 5, 4),
        ("rollout.bake_seconds", {**TWO, "rollout": {"strategy": "linear", "percent": 10}}, 2879, 2880),
        ("rollout.bake_seconds", {**TWO, "rollout": {"strategy": "linear", "percent": 11}}, 2879, 2880),
        ("rollout.bake_seconds", {**TWO, "rollout": {"strategy": "rolling", "percent": 10}}, 2879, 2880),
        ("rollout.bake_seconds", {**TWO, "rollout": {"strategy": "canary", "percent": 1}}, 3600, 3601),
        ("rollout.termination_wait_seconds", {**TWO, "rollout": {"strategy": "rolling"}}, 0, 1),
        ("timeout_seconds", {}, 60, 60.5),
        ("timeout_seconds", LARGE, 60, 60.5),
        ("timeout_seconds", QUEUED, 3600, 3601),
        ("env.MODELBERTH_MAX_BODY_MB", {}, "4", "4.1"),
        ("env.MODELBERTH_MAX_BODY_MB", LARGE, "25", "26"),
        ("env.MODELBERTH_MAX_BODY_MB", QUEUED, "1024", "1025"),
        ("env.MODELBERTH_MAX_BODY_MB", LARGE, "none.at.all", "100"),
        ("env.MODELBERTH_MAX_BODY_MB", LARGE, pulumi.Output.from_input("100"), "100"),
        ("start_timeout_seconds", LARGE, 60, 59),
        ("start_timeout_seconds", LARGE, 3600, 3601),
        ("alarms.no_invocations_minutes", LARGE, 1440, 1441),
        ("capture.percent", LARGE, 2, 2.5),
        ("env.WORDS", LARGE, "x" * 1024, "x" * 1025),
        ("env.WORDS", LARGE, pulumi.Output.from_input("x"), "x" * 1025),
        ("volume_gb", LARGE, 512, 513),
        ("platform", {"instance_type": "ml.c7g.large"}, "linux/arm64", "linux/amd64"),
        ("platform", {}, "linux/amd64", "linux/arm64"),
    ],
)
def test_the_last_that_is_allowed_and_the_first_that_is_not(
    path: str, arguments: dict[str, Any], allowed: Any, refused: Any
) -> None:
    assert problems(_with(arguments, path, allowed)) == set()
    if refused is not None:
        assert path in problems(_with(arguments, path, refused))


def _with(arguments: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    field, _, piece = path.partition(".")
    return {**arguments, field: {**arguments.get(field, {}), piece: value} if piece else value}


def test_the_references_of_all_secrets_fit_into_one_variable() -> None:
    assert problems({**LARGE, "secrets": {"A": "x" * REFERENCES}}) == set()
    assert problems({**LARGE, "secrets": {"A": "x" * (REFERENCES + 1)}}) == {"secrets"}
    unknown = {"A": pulumi.Output.from_input("x"), "B": "x" * 1024}
    assert problems({**LARGE, "secrets": unknown}) == set(), "nobody knows yet how long they are together"


def test_secrets_and_the_network() -> None:
    network = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}
    assert problems({**LARGE, "network": network, "secrets": {"A": "x"}}) == set()
    assert problems({**LARGE, "network": {"isolated": True}}) == set()
    assert problems({**LARGE, "network": {**network, "isolated": True}, "secrets": {"A": "x"}}) == {"secrets"}


def test_a_target_is_needed_where_there_is_something_to_choose() -> None:
    assert problems({**LARGE, "scaling": {"min": 3, "max": 3}}) == set()
    assert problems({**LARGE, "scaling": {"min": 3, "max": 4}}) == {"scaling.target"}
    queued = {"metric": "requests_per_minute", "min": 0, "max": 1}
    assert problems({**QUEUED, "scaling": queued}) == {"scaling.target"}, "none or one is a choice too"
    assert problems({**QUEUED, "scaling": {**queued, "metric": "backlog"}}) == set()


def test_vcpus_matter_where_a_share_of_them_is_kept_to() -> None:
    assert problems({"instance_type": "ml.p5.48metal", "scaling": {"max": 2, "target": 500}}) == set()


def test_a_shadow_is_not_scaled() -> None:
    shadow = {"bundle": "b", "instance_type": "ml.p5.48metal"}
    assert problems({**LARGE, "scaling": {"metric": "cpu_percent"}, "shadow": shadow}) == set()


def test_an_update_in_steps_needs_instances_that_can() -> None:
    updated = {**TWO, "rollout": {"strategy": "linear"}}
    assert problems({**updated, "variants": shares(0.1)}) == set()
    inferentia = {"v": {"bundle": "b", "weight": 0.1, "instance_type": "ml.inf1.xlarge"}}
    assert problems({**updated, "variants": inferentia}) == {"rollout.strategy"}


def test_a_serverless_endpoint_is_updated_all_at_once_unless_it_says_otherwise() -> None:
    assert problems({"rollout": {"bake_seconds": 60}}) == set()
    assert problems({"rollout": {"strategy": "all-at-once"}}) == set()
    assert problems({"rollout": {"strategy": "linear"}}) == {"rollout.strategy"}
    assert problems({"scaling": {"min": 2}}) == {"scaling"}, "from two replicas on others are updated by a canary"


@pytest.mark.parametrize(
    ("arguments", "size", "models"),
    [
        ({}, 10 * GIGABYTE, 0),
        ({}, GIGABYTE, 2048 * MEBIBYTE),
        ({"serverless": {"memory_mb": 4096}}, GIGABYTE, 4096 * MEBIBYTE),
        (LARGE, 30 * GIGABYTE, 0),
        ({**LARGE, "volume_gb": 20}, 20 * GIGABYTE, 0),
    ],
)
def test_a_bundle_may_fill_all_of_its_place(arguments: dict[str, Any], size: int, models: int) -> None:
    spec = ManagedEndpointSpec.model_validate({"bundle": "b", **arguments})
    assert limits(Candidate("shop", spec, facts(size, models))) == []
    larger = facts(size, models + 1) if models else facts(size + 1, models)
    assert [problem.field for problem in limits(Candidate("shop", spec, larger))] == ["bundle"]


def facts(size: int, *models: int) -> BundleFacts:
    """Those of a bundle with so many bytes, and models with so many."""
    parts = tuple(ModelFacts(name=f"m{number}", digest="sha256:0", size=each) for number, each in enumerate(models))
    return BundleFacts(
        name="b", version="1", digest="sha256:1", python=None, apis=(), models=parts, packages={}, labels={}, size=size
    )


def test_what_does_not_fit_is_told_with_its_size() -> None:
    def told(arguments: dict[str, Any], served: BundleFacts) -> list[str]:
        spec = ManagedEndpointSpec.model_validate({"bundle": "b", **arguments})
        return [str(problem) for problem in limits(Candidate("shop", spec, None, {"shadow": served}))]

    shadow = {"shadow": {"bundle": "b"}}
    disks = "https://docs.aws.amazon.com/sagemaker/latest/dg/host-instance-storage.html"
    assert told({**LARGE, **shadow}, facts(31_460_000_000)) == [
        f"shadow.bundle: has 31.5 GB, more than the instance's volume of 30 GB; give volume_gb=, up to 512 ({disks})"
    ]
    pages = "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html"
    assert told({}, facts(31_000_000_000, 2000 * MEBIBYTE, 1000 * MEBIBYTE)) == [
        f"shadow.bundle: has 31.0 GB; the image of a serverless endpoint has 10 at most; take instance_type= ({pages})",
        "shadow.bundle: its models have 3000 MiB, more than the memory of 2048 MiB; "
        f"raise serverless.memory_mb, or take instance_type= ({pages})",
    ]


def test_the_name_of_a_shadow_counts_too() -> None:
    spec = ManagedEndpointSpec.model_validate({"bundle": "b", **LARGE, "shadow": {"bundle": "b"}})
    assert limits(Candidate("a" * 41, spec)) == []
    (problem,) = limits(Candidate("a" * 42, spec))
    assert problem.text.startswith(f"'{'a' * 42}-shadow' has 49 characters")
    plain = ManagedEndpointSpec.model_validate({"bundle": "b", **LARGE})
    assert limits(Candidate("a" * 48, plain)) == []


@pytest.mark.parametrize("text", ["m5.large", "ml.m5", "ml.m5.large.x", "ml.M5.large", "xml.m5.large", "mlxm5.large"])
def test_what_is_no_instance_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no instance type for endpoints; they look like ml\.c6i\.large"):
        instance_type(text)


@pytest.mark.parametrize("text", ["ml.m5.large", "ml.c6gn.16xlarge", "ml.p6-b200.48xlarge"])
def test_an_instance_type_is_taken_as_it_is(text: str) -> None:
    assert instance_type(text) == text


@pytest.mark.parametrize(
    ("name", "accelerated", "own_disk", "vcpus"),
    [
        ("ml.c5.9xlarge", False, False, 36),
        ("ml.c5d.18xlarge", False, True, 72),
        ("ml.g6.xlarge", True, True, 4),
        ("ml.p5.48xlarge", True, True, 192),
        ("ml.trn1.2xlarge", True, True, 8),
        ("ml.dl1.24xlarge", True, False, 96),
        ("ml.inf1.xlarge", True, False, 4),
        ("ml.i4i.large", False, True, 2),
        ("ml.r5n.xlarge", False, False, 4),
        ("ml.m5.medium", False, False, None),
        ("ml.m5.2xlarges", False, False, None),
    ],
)
def test_what_other_names_say(name: str, accelerated: bool, own_disk: bool, vcpus: int | None) -> None:
    instances = InstanceType(name)
    assert (instances.accelerated, instances.own_disk, instances.vcpus) == (accelerated, own_disk, vcpus)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "traffic moves all-at-once"),
        (LARGE, "traffic moves all-at-once, watched 300 s, back on an alarm"),
        (TWO, "traffic moves canary (10 %), watched 300 s, back on an alarm"),
        (
            {**TWO, "rollout": {"strategy": "linear", "percent": 12.5, "bake_seconds": 60}},
            "traffic moves linear (12.5 %), watched 60 s, back on an alarm",
        ),
    ],
)
def test_an_update_in_words(arguments: dict[str, Any], words: str) -> None:
    spec = ManagedEndpointSpec.model_validate({"bundle": "b", **arguments})
    kept = "endpoint and URL stay; new model and config beside the old, of which 2 are kept; "
    assert update_in_words(spec) == kept + words
