"""What SageMaker cannot do is refused at once, with the reason, what works instead, and the page that says so."""

from __future__ import annotations

from typing import Any

import pytest

from modelberth_platform.bundle import BundleFacts
from modelberth_platform.bundle.facts import ModelFacts
from modelberth_platform.spec import ManagedEndpointSpec
from modelberth_platform.targets.sagemaker.instances import InstanceType
from modelberth_platform.targets.sagemaker.limits import limits
from modelberth_platform.targets.sagemaker.words import update_in_words
from modelberth_platform.targets.target import Candidate

IMAGE = f"registry.example/shop@sha256:{'0' * 64}"
REAL: dict[str, Any] = {"instance_type": "ml.m5.large"}
TWO: dict[str, Any] = {**REAL, "scaling": {"min": 2}}
QUEUED: dict[str, Any] = {"asynchronous": {"instance_type": "ml.m5.large"}}
VARIANT = {"bundle": "b", "weight": 0.1}
ON_GPU = {**VARIANT, "instance_type": "ml.g5.xlarge"}
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-AbCdEf"


def problems(**arguments: Any) -> dict[str, str]:
    spec = ManagedEndpointSpec.model_validate({"image": IMAGE, **arguments})
    return {problem.field: problem.text for problem in limits(Candidate("shop", spec))}


@pytest.mark.parametrize(
    ("arguments", "field", "said"),
    [
        ({"serverless": {"memory_mb": 1500}}, "serverless.memory_mb", "1024, 2048, 3072"),
        ({"serverless": {"memory_mb": 8192}}, "serverless.memory_mb", "is 8192"),
        ({"serverless": {"max_concurrency": 201}}, "serverless.max_concurrency", "above 200"),
        (
            {"serverless": {"max_concurrency": 2, "provisioned_concurrency": 3}},
            "serverless.provisioned_concurrency",
            "raise max_concurrency",
        ),
        ({"network": {"isolated": True}}, "network", "take instance_type="),
        ({"network": {"subnets": ["a"], "security_groups": ["b"]}}, "network", "has no VPC and no network isolation"),
        ({"capture": {"percent": 10}}, "capture", "serverless endpoint has no data capture"),
        ({"shadow": {"bundle": "b"}}, "shadow", "has no shadow variant"),
        ({"variants": {"b": VARIANT}}, "variants", "has no second variant"),
        ({"start_timeout_seconds": 600}, "start_timeout_seconds", "has no start timeout"),
        ({"volume_gb": 60}, "volume_gb", "has no volume"),
        ({"scaling": {"min": 2}}, "scaling", "scales itself"),
        ({"rollout": {"strategy": "canary"}}, "rollout.strategy", "no fleet"),
        ({"platform": "linux/arm64"}, "platform", "run linux/amd64"),
        ({**REAL, "scaling": {"min": 0}}, "scaling.min", "serverless, or take asynchronous"),
        ({**REAL, "scaling": {"min": 1, "max": 3}}, "scaling.target", "requests a minute"),
        ({**REAL, "scaling": {"max": 3, "metric": "concurrency"}}, "scaling.target", "requests at a time"),
        ({**QUEUED, "scaling": {"min": 0, "metric": "requests_per_minute"}}, "scaling.target", "max (1) is above min"),
        ({**REAL, "scaling": {"metric": "backlog", "max": 3}}, "scaling.metric", "only asynchronous"),
        ({**REAL, "scaling": {"max": 3, "metric": "cpu_percent", "target": 150}}, "scaling.target", "at most 100"),
        ({"instance_type": "ml.p5.48metal", "scaling": {"metric": "cpu_percent"}}, "scaling.metric", "vCPUs"),
        ({**REAL, "rollout": {"strategy": "canary"}}, "rollout.strategy", "at most half"),
        ({**REAL, "rollout": {"strategy": "rolling"}}, "rollout.strategy", "scaling={'min': 2}"),
        ({**TWO, "rollout": {"strategy": "canary", "percent": 60}}, "rollout.percent", "is 60"),
        ({**TWO, "rollout": {"strategy": "linear", "percent": 5}}, "rollout.percent", "10 to 50"),
        ({**TWO, "rollout": {"strategy": "rolling", "percent": 3}}, "rollout.percent", "5 to 50"),
        ({**TWO, "rollout": {"strategy": "canary", "percent": 2.5}}, "rollout.percent", "whole number"),
        ({**TWO, "rollout": {"bake_seconds": 4000}}, "rollout.bake_seconds", "above 3600"),
        ({**TWO, "rollout": {"termination_wait_seconds": 4000}}, "rollout.termination_wait_seconds", "above 3600"),
        (
            {**TWO, "rollout": {"strategy": "linear", "percent": 10, "bake_seconds": 3600}},
            "rollout.bake_seconds",
            "36000 s together",
        ),
        (
            {**TWO, "rollout": {"strategy": "rolling", "termination_wait_seconds": 60}},
            "rollout.termination_wait_seconds",
            "batch by batch",
        ),
        (
            {**TWO, "rollout": {"strategy": "rolling"}, "variants": {"b": VARIANT}},
            "rollout.strategy",
            "several variants",
        ),
        ({"instance_type": "ml.inf1.xlarge", "scaling": {"min": 2}}, "rollout.strategy", "silently shift everything"),
        (
            {**REAL, "variants": {"b": {**VARIANT, "weight": 0.6}, "c": {**VARIANT, "weight": 0.4}}},
            "variants",
            "add up",
        ),
        ({**REAL, "variants": dict.fromkeys(("b", "c", "d"), VARIANT)}, "variants", "watch 12 alarms"),
        ({**REAL, "variants": {"b": VARIANT}, "shadow": {"bundle": "b"}}, "shadow", "keep one of"),
        ({**QUEUED, "shadow": {"bundle": "b"}}, "shadow", "no shadow"),
        ({**QUEUED, "variants": {"b": VARIANT}}, "variants", "one variant"),
        (
            {"asynchronous": {"instance_type": "ml.m5.large", "max_concurrency": 1001}},
            "asynchronous.max_concurrency",
            "above 1000",
        ),
        ({**REAL, "network": {"isolated": True}, "secrets": {"A": ARN}}, "secrets", "cannot fetch a secret"),
        ({**REAL, "network": {"subnets": ["a"]}}, "network.security_groups", "add it"),
        ({**REAL, "network": {"security_groups": ["a"]}}, "network.subnets", "add it"),
        ({**REAL, "timeout_seconds": 61}, "timeout_seconds", "asynchronous={…}"),
        ({"timeout_seconds": 61}, "timeout_seconds", "serverless endpoints wait 60 s"),
        ({**QUEUED, "timeout_seconds": 3601}, "timeout_seconds", "several requests"),
        ({**REAL, "env": {"MODELBERTH_MAX_BODY_MB": "30"}}, "env.MODELBERTH_MAX_BODY_MB", "bodies of 25 MB"),
        ({"env": {"MODELBERTH_MAX_BODY_MB": "5"}}, "env.MODELBERTH_MAX_BODY_MB", "bodies of 4 MB"),
        ({**REAL, "start_timeout_seconds": 59}, "start_timeout_seconds", "60 to 3600"),
        ({**REAL, "capture": {"percent": 2.5}}, "capture.percent", "whole number"),
        ({**REAL, "alarms": {"no_invocations_minutes": 1441}}, "alarms.no_invocations_minutes", "1440"),
        ({**REAL, "env": {"WORDS": "x" * 1025}}, "env.WORDS", "1025 characters"),
        ({**REAL, "secrets": {f"A{n}": ARN for n in range(20)}}, "secrets", "keys of one secret"),
        ({**REAL, "platform": "linux/arm64"}, "platform", "does not run on ml.m5.large"),
        ({"instance_type": "ml.c7g.large", "platform": "linux/amd64"}, "platform", "build the image for linux/arm64"),
        ({**REAL, "volume_gb": 600}, "volume_gb", "above 512"),
        ({"instance_type": "ml.g5.xlarge", "volume_gb": 100}, "volume_gb", "disk of its own"),
        ({**REAL, "volume_gb": 100, "variants": {"b": ON_GPU}}, "volume_gb", "ml.g5.xlarge has a disk of its own"),
        (
            {**REAL, "platform": "linux/amd64", "shadow": {"bundle": "b", "instance_type": "ml.c7g.large"}},
            "platform",
            "does not run on ml.c7g.large",
        ),
        (
            {
                **REAL,
                "scaling": {"metric": "cpu_percent"},
                "variants": {"b": {**VARIANT, "instance_type": "ml.p5.48metal"}},
            },
            "scaling.metric",
            "vCPUs of ml.p5.48metal",
        ),
    ],
)
def test_each_impossibility(arguments: dict[str, Any], field: str, said: str) -> None:
    found = problems(**arguments)
    assert said in found[field]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"serverless": {"memory_mb": 6144, "max_concurrency": 200}},
        REAL,
        {**REAL, "scaling": {"min": 1, "max": 4, "metric": "cpu_percent"}},
        {**TWO, "rollout": {"strategy": "linear", "percent": 50}},
        {**QUEUED, "scaling": {"min": 0, "max": 4}},
        {"instance_type": "ml.inf1.xlarge", "scaling": {"min": 2}, "rollout": {"strategy": "all-at-once"}},
        {"instance_type": "ml.c7g.large", "platform": "linux/arm64"},
        {**TWO, "variants": {"b": VARIANT}},
    ],
)
def test_what_is_possible(arguments: dict[str, Any]) -> None:
    assert problems(**arguments) == {}


def test_every_limit_of_aws_names_its_page() -> None:
    found = problems(serverless={"memory_mb": 1}, capture={"percent": 1}, timeout_seconds=99, scaling={"min": 3})
    assert len(found) >= 4
    assert all("(https://docs.aws.amazon.com/" in text for text in found.values())


def facts(size: float, model: float = 0) -> BundleFacts:
    models = (ModelFacts(name="m", digest="sha256:0", size=int(model)),)
    return BundleFacts(
        name="b",
        version="1",
        digest="sha256:1",
        python=None,
        apis=(),
        models=models,
        packages={},
        labels={},
        size=int(size),
    )


@pytest.mark.parametrize(
    ("arguments", "size", "model", "said"),
    [
        ({}, 11e9, 1e9, "the image of a serverless endpoint has 10 at most"),
        ({}, 4e9, 3e9, "more than the memory of 2048 MiB"),
        (REAL, 31e9, 1e9, "more than the instance's volume of 30 GB"),
        ({**REAL, "volume_gb": 40}, 41e9, 1e9, "volume of 40 GB"),
        ({**REAL, "volume_gb": 50}, 41e9, 1e9, ""),
        ({"instance_type": "ml.g5.xlarge"}, 100e9, 1e9, ""),
    ],
)
def test_a_bundle_that_does_not_fit(arguments: dict[str, Any], size: float, model: float, said: str) -> None:
    spec = ManagedEndpointSpec.model_validate({"bundle": "b", **arguments})
    found = {problem.field: problem.text for problem in limits(Candidate("shop", spec, facts(size, model)))}
    assert said in found.get("bundle", "")
    assert bool(found) == bool(said)


def test_each_bundle_fits_its_own_variants_instances() -> None:
    variants = {"small": VARIANT, "large": ON_GPU}
    spec = ManagedEndpointSpec.model_validate({"bundle": "b", **REAL, "variants": variants})
    found = limits(Candidate("shop", spec, facts(1e9), {"small": facts(31e9), "large": facts(31e9)}))
    assert [problem.field for problem in found] == ["variants.small.bundle"]


@pytest.mark.parametrize(
    ("name", "platform", "accelerated", "own_disk", "vcpus"),
    [
        ("ml.m5.large", "linux/amd64", False, False, 2),
        ("ml.c7g.xlarge", "linux/arm64", False, False, 4),
        ("ml.m6gd.4xlarge", "linux/arm64", False, True, 16),
        ("ml.c6gn.large", "linux/arm64", False, False, 2),
        ("ml.c6i.large", "linux/amd64", False, False, 2),
        ("ml.c6id.2xlarge", "linux/amd64", False, True, 8),
        ("ml.g4dn.xlarge", "linux/amd64", True, True, 4),
        ("ml.g5.2xlarge", "linux/amd64", True, True, 8),
        ("ml.p3.2xlarge", "linux/amd64", True, False, 8),
        ("ml.p4d.24xlarge", "linux/amd64", True, True, 96),
        ("ml.inf2.xlarge", "linux/amd64", True, False, 4),
        ("ml.c5.18xlarge", "linux/amd64", False, False, 72),
        ("ml.c4.8xlarge", "linux/amd64", False, False, 36),
        ("ml.x9.metal", "linux/amd64", False, False, None),
    ],
)
def test_what_a_name_says(name: str, platform: str, accelerated: bool, own_disk: bool, vcpus: int | None) -> None:
    found = InstanceType(name)
    assert (found.platform, found.accelerated, found.own_disk, found.vcpus) == (platform, accelerated, own_disk, vcpus)


def test_a_variants_name_counts_too() -> None:
    spec = ManagedEndpointSpec.model_validate({"bundle": "b", **REAL, "variants": {"challenger": VARIANT}})
    (problem,) = limits(Candidate("a" * 38, spec))
    assert "has 49 characters" in problem.text
    assert limits(Candidate("a" * 37, spec)) == []


@pytest.mark.parametrize("strategy", ["all-at-once", "canary", "linear", "rolling"])
def test_what_an_update_does_fits_into_a_diff(strategy: str) -> None:
    rollout = {"strategy": strategy, "bake_seconds": 3600, "keep_previous": 10}
    spec = ManagedEndpointSpec.model_validate({"bundle": "b", **TWO, "rollout": rollout})
    assert len(update_in_words(spec)) <= 150
    assert strategy in update_in_words(spec)
