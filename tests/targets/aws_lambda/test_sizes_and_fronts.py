"""What follows from a declaration and its bundle: memory, scratch space, what stands in front, and its routes."""

from __future__ import annotations

from typing import Any

import pytest

from modelberth_platform.bundle import BundleFacts
from modelberth_platform.spec import SelfHostedEndpointSpec
from modelberth_platform.targets.aws_lambda.fronts import front_of, routes_of
from modelberth_platform.targets.aws_lambda.quotas import needs
from modelberth_platform.targets.aws_lambda.sizes import memory_mb, scratch_mb, threads
from targets.aws_lambda.test_limits import EVERYBODY, STREAMING, TASK, TOKENS, facts

OWN = [("POST", "/invocations"), ("GET", "/ping"), ("GET", "/readyz"), ("GET", "/docs.json"), ("GET", "/schema.json")]


def spec(**arguments: Any) -> SelfHostedEndpointSpec:
    return SelfHostedEndpointSpec.model_validate({"runtime": "lambda", **arguments})


@pytest.mark.parametrize(
    ("bundle", "memory", "scratch"),
    [
        (None, 1769, 512),
        (facts(models=1), 1769, 512),
        (facts(models=600), 1792, 768),
        (facts(models=1000), 2560, 1024),
        (facts(models=4500), 9728, 4608),
        (facts(models=6000), 10240, 6144),
        (facts(models=20000), 10240, 10240),
    ],
)
def test_sizes_follow_the_models(bundle: BundleFacts | None, memory: int, scratch: int) -> None:
    assert (memory_mb(spec(), bundle), scratch_mb(bundle)) == (memory, scratch)
    assert memory_mb(spec(memory_mb=300), bundle) == 300


@pytest.mark.parametrize(("memory", "count"), [(128, 1), (1769, 1), (2600, 1), (3072, 2), (10240, 6)])
def test_a_thread_for_each_virtual_cpu(memory: int, count: int) -> None:
    assert threads(memory) == count


@pytest.mark.parametrize(
    ("access", "whole", "streamed"),
    [
        ("iam", "http-api", "function-url"),
        (EVERYBODY, "http-api", "function-url"),
        (TOKENS, "http-api", "http-api"),  # which the limits refuse
        ("private", "rest-api", "rest-api"),
    ],
)
def test_what_stands_in_front(access: Any, whole: str, streamed: str) -> None:
    assert front_of(spec(access=access), facts()) == whole
    assert front_of(spec(access=access), None) == whole
    assert front_of(spec(access=access), STREAMING) == streamed


def test_each_api_has_a_route() -> None:
    assert routes_of(spec(), facts()) == [("POST", "/predict"), *OWN]
    assert routes_of(spec(), facts(api={"name": "x", "route": "/invocations"})) == OWN
    assert routes_of(spec(), TASK) == OWN
    assert routes_of(spec(), None) == OWN


@pytest.mark.parametrize(
    ("recorded", "amount"),
    [({}, 1), ({"concurrency": 20}, 120), ({"provisioned": 3}, 103), ({"provisioned": 3, "scaling": {"max": 9}}, 109)],
)
def test_what_it_needs_of_the_account(recorded: dict[str, Any], amount: int) -> None:
    (need,) = needs({"scaling": {"max": 1}, **recorded})
    assert (need.quota, need.amount) == ("Concurrent executions", amount)
