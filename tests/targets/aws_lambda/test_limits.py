"""What Lambda cannot do is refused at once, with the reason, what works instead, and the page that says so."""

from __future__ import annotations

from typing import Any

import pytest

from modelberth_platform.bundle import BundleFacts
from modelberth_platform.bundle.facts import Api, ModelFacts
from modelberth_platform.spec import SelfHostedEndpointSpec
from modelberth_platform.targets.aws_lambda.limits import limits
from modelberth_platform.targets.aws_lambda.target import TARGET
from modelberth_platform.targets.target import Candidate

IMAGE = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:{'0' * 64}"
TOKENS: dict[str, Any] = {"jwt": {"issuer": "https://login.example.com", "audience": ["fraud"]}}
EVERYBODY: dict[str, Any] = {"public": {"reason": "a demo"}}
BEHIND: dict[str, Any] = {"access": "private", "network": {"private_endpoint": "vpce-1"}}
CALLER = "123456789012"


def facts(*, api: dict[str, Any] | None = None, models: int = 0, size: int = 0, **packages: str) -> BundleFacts:
    """A bundle with one API, a model of so many MiB, and a size in GB."""
    model = ModelFacts(name="m", digest="sha256:1", size=models * 1024**2)
    only = Api(**{"name": "predict", "route": "/predict", "input": {}, "output": {}, **(api or {})})
    return BundleFacts(
        name="fraud",
        version="1",
        digest="sha256:0",
        python="3.11",
        apis=(only,),
        models=(model,),
        packages={name.replace("_", "-"): version for name, version in packages.items()},
        labels={},
        size=size * 10**9,
    )


STREAMING, TASK = facts(api={"streaming": True}), facts(api={"task": True})


def problems(bundle: BundleFacts | None = None, name: str = "shop", **arguments: Any) -> dict[str, str]:
    image = {} if bundle is not None or "image" in arguments else {"image": IMAGE}
    spec = SelfHostedEndpointSpec.model_validate({"runtime": "lambda", **image, **arguments})
    return {problem.field: problem.text for problem in limits(Candidate(name, spec, bundle))}


@pytest.mark.parametrize(
    ("arguments", "field", "said"),
    [
        ({"memory_mb": 127}, "memory_mb", "is 127; 128 to 10240 are allowed"),
        ({"memory_mb": 10241}, "memory_mb", "take ManagedEndpoint with instance_type= for more"),
        ({"concurrency": 3, "provisioned": 3}, "concurrency", "is 3, and 3 are kept warm"),
        ({"provisioned": 3, "concurrency": 6, "scaling": {"max": 6}}, "concurrency", "give at least 7"),
        ({"scaling": {"max": 3}}, "scaling", "give provisioned=, the least of the range"),
        ({"scaling": {"target": 0.5}}, "scaling", "Lambda scales itself"),
        ({"provisioned": 3, "scaling": {"max": 3}}, "scaling.max", "the least of the range, is 3"),
        ({"provisioned": 3, "scaling": {"target": 0.5}}, "scaling.max", "is None"),
        ({"provisioned": 1, "scaling": {"max": 3, "metric": "cpu_percent"}}, "scaling.metric", "take concurrency"),
        ({"provisioned": 1, "scaling": {"max": 3, "target": 5}}, "scaling.target", "0.1 to 0.9 are allowed"),
        ({"provisioned": 1, "scaling": {"max": 3, "target": 0.95}}, "scaling.target", "is 0.95"),
        ({"rollout": {"strategy": "rolling"}}, "rollout.strategy", "take linear"),
        ({"rollout": {"strategy": "canary", "percent": 100}}, "rollout.percent", "1 to 99"),
        ({"rollout": {"strategy": "all-at-once"}, "env": {"X": "1"}}, "env.X", "has one letter"),
        ({"rollout": {"strategy": "canary", "percent": 5}}, "rollout.percent", "not above the alarm's 5 %"),
        (
            {"rollout": {"strategy": "linear", "percent": 25}, "alarms": {"error_rate_percent": 30}},
            "rollout.percent",
            "lower alarms.error_rate_percent",
        ),
        ({"network": {"isolated": True}}, "network.isolated", "without a route out"),
        ({"network": {"subnets": ["a"]}}, "network.security_groups", "names its subnets and security groups"),
        ({"network": {"security_groups": ["a"]}}, "network.subnets", "add it"),
        ({"alarms": {"no_invocations_minutes": 1441}}, "alarms.no_invocations_minutes", "looks back a day"),
        (
            {"timeout_seconds": 29.5},
            "timeout_seconds",
            "within 29 s here; take ManagedEndpoint with",
        ),
        ({**BEHIND, "timeout_seconds": 29}, "timeout_seconds", "limits-table"),
        ({"env": {"AWS_REGION": "x"}}, "env.AWS_REGION", "keeps for itself"),
        ({"env": {"TZ": "UTC"}}, "env.TZ", "choose another"),
        ({"env": {"AB": "x" * 4050}}, "env", "have 4110 bytes together"),
        ({"env": {"_A": "x"}}, "env._A", "begins with _"),
        ({"env": {"MODELBERTH_MAX_BODY_MB": "6.5"}}, "env.MODELBERTH_MAX_BODY_MB", "Lambda takes 6 MB"),
        ({"image": f"ghcr.io/team/shop@sha256:{'0' * 64}"}, "image", "images from ECR alone"),
        ({"access": {"jwt": {**TOKENS["jwt"], "issuer": "login"}}}, "access.jwt.issuer", "https://…"),
        ({"access": {"public": {"reason": "why, not?"}}}, "access.public.reason", "is tagged"),
        ({"access": {"public": {"reason": "a" * 257}}}, "access.public.reason", "at most 256"),
        ({"access": {"public": {"reason": "two\nlines"}}}, "access.public.reason", "is tagged"),
        ({"cors": {"origins": ["*"], "max_age_seconds": 86401}}, "cors.max_age_seconds", "a day, 86400"),
        ({"access": TOKENS, "callers": [CALLER]}, "callers", "whoever has a token"),
        ({"access": EVERYBODY, "callers": [CALLER]}, "callers", "everybody calls"),
        ({**BEHIND, "callers": [CALLER]}, "callers", "whoever reaches the private endpoint"),
        ({"access": "private"}, "network", "private_endpoint': 'vpce-…'"),
        ({"network": {"private_endpoint": "vpce-1"}}, "network.private_endpoint", "take access='private'"),
        ({**BEHIND, "cors": {"origins": ["*"]}}, "cors", "preflight"),
    ],
)
def test_it_is_refused(arguments: dict[str, Any], field: str, said: str) -> None:
    found = problems(**arguments)
    assert said in found[field]
    assert len(found) == 1, found


@pytest.mark.parametrize(
    ("bundle", "arguments", "field", "said"),
    [
        (facts(size=11), {}, "bundle", "has 11.0 GB; the image of a function has 10 at most"),
        (facts(models=2049), {"memory_mb": 2048}, "bundle", "its models have 2049 MiB, more than the memory of 2048"),
        (facts(onnxruntime_gpu="1.20"), {}, "bundle", "asks for onnxruntime-gpu, and Lambda has no GPU"),
        (TASK, {}, "api", "frozen after its answer"),
        (STREAMING, {"access": TOKENS}, "access.jwt", "take access='iam' or 'private'"),
        (STREAMING, {"throttle": {"requests_per_second": 1, "burst": 1}}, "throttle", "give concurrency="),
        (STREAMING, {"timeout_seconds": 900}, "timeout_seconds", "begins within 899 s here"),
        (STREAMING, {**BEHIND, "timeout_seconds": 300}, "timeout_seconds", "begins within 299 s here"),
    ],
)
def test_it_is_refused_of_a_bundle(bundle: BundleFacts, arguments: dict[str, Any], field: str, said: str) -> None:
    found = problems(bundle, **arguments)
    assert said in found[field]
    assert len(found) == 1, found


@pytest.mark.parametrize(
    "arguments",
    [
        {"memory_mb": 128},
        {"memory_mb": 10240, "concurrency": 4, "provisioned": 3},
        {"provisioned": 3, "concurrency": 10, "scaling": {"max": 9, "metric": "concurrency", "target": 0.9}},
        {"rollout": {"strategy": "canary", "percent": 6}},
        {"rollout": {"strategy": "canary", "percent": 1}, "alarms": {"error_rate_percent": 0.5}},
        {"env": {"AWS_ENDPOINT_URL": "https://x"}},
        {"rollout": {"strategy": "linear", "percent": 99}},
        {"network": {"subnets": ["a"], "security_groups": ["b"]}, "callers": [CALLER]},
        {"timeout_seconds": 29, "env": {"MODELBERTH_MAX_BODY_MB": "6", "AB": "x" * 3900}},
        {"access": TOKENS, "throttle": {"requests_per_second": 1, "burst": 1}, "cors": {"origins": ["*"]}},
        {"access": {"public": {"reason": "Über 2 + 2 = 4, no: https://x/y_z@a.b-c".replace(",", "")}}},
        {"access": "private", "network": {"subnets": ["a"], "security_groups": ["b"]}},
        {"alarms": {"no_invocations_minutes": 1440}},
    ],
)
def test_what_is_just_within_is_taken(arguments: dict[str, Any]) -> None:
    assert problems(**arguments) == {}


def test_streams_may_take_long() -> None:
    assert problems(STREAMING, timeout_seconds=899) == {}
    assert problems(STREAMING, **BEHIND, timeout_seconds=299) == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [("a" * 48, "use at most 47"), ("my_shop", "call the component 'my-shop'"), ("-", "choose another")],
)
def test_a_name_that_its_function_cannot_bear(name: str, said: str) -> None:
    assert said in problems(name=name)["name"]
    assert problems(name="a" * 47) == {}


def test_each_limit_names_its_page() -> None:
    found = problems(facts(size=11, onnxruntime_gpu="1"), memory_mb=1, access="private", timeout_seconds=60)
    assert all("https://docs.aws.amazon.com/" in text for text in found.values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {},
            "new version tried, then traffic all-at-once, watched 300 s, back on an alarm; 2 kept; URL stays while "
            "access does",
        ),
        (
            {"access": EVERYBODY, "rollout": {"strategy": "linear", "bake_seconds": 60, "keep_previous": 10}},
            "PUBLIC; new version tried, then traffic linear (25 %), watched 60 s, too short for an alarm, which takes "
            "240; 10 kept; URL stays while access does",
        ),
    ],
)
def test_an_update_in_words(arguments: dict[str, Any], words: str) -> None:
    assert TARGET.words(SelfHostedEndpointSpec.model_validate({"runtime": "lambda", **arguments})) == words
