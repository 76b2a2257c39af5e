"""Moving an alias, step by step, against a Lambda and a CloudWatch that do as they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from modelberth_platform.aws.errors import AwsError
from modelberth_platform.targets.aws_lambda import alias as alias_module
from modelberth_platform.targets.aws_lambda import rollout
from modelberth_platform.targets.aws_lambda.alias import Alias
from modelberth_platform.targets.aws_lambda.rollout import move, steps

CANARY = {"strategy": "canary", "percent": 10, "bake_seconds": 0}
LINEAR = {"strategy": "linear", "percent": 25, "bake_seconds": 0}
AT_ONCE = {"strategy": "all-at-once", "percent": 25, "bake_seconds": 0}


class Lambda:
    """One alias, which notes every place that it was pointed to.

    Attributes:
        warm: what is said of its warm replicas, one answer each time; None where there are none.
        roles: of the versions that do not run as `role`.
    """

    def __init__(self, version: str = "1", weights: dict[str, float] | None = None) -> None:
        self.version, self.weights, self.revision = version, weights or {}, 1
        self.moves: list[tuple[str, dict[str, float]]] = []
        self.warm: Iterator[dict[str, Any]] | None = None
        self.roles: dict[str, str] = {}
        self.on_update: Callable[[], None] = lambda: None

    def get_alias(self, **_: str) -> dict[str, Any]:
        routing = {"AdditionalVersionWeights": self.weights}
        return {"FunctionVersion": self.version, "RoutingConfig": routing, "RevisionId": str(self.revision)}

    def update_alias(self, **wanted: Any) -> dict[str, Any]:
        self.on_update()
        if wanted["RevisionId"] != str(self.revision):
            raise ClientError({"Error": {"Code": "PreconditionFailedException"}}, "UpdateAlias")
        self.version, self.weights = wanted["FunctionVersion"], wanted["RoutingConfig"]["AdditionalVersionWeights"]
        self.revision += 1
        self.moves.append((self.version, self.weights))
        return self.get_alias()

    def get_function_configuration(self, **named: str) -> dict[str, str]:
        return {"Role": self.roles.get(named["Qualifier"], "role")}

    def get_provisioned_concurrency_config(self, **_: str) -> dict[str, Any]:
        if self.warm is None:
            raise ClientError({"Error": {"Code": "ProvisionedConcurrencyConfigNotFoundException"}}, "Get")
        return next(self.warm)


class CloudWatch:
    """Alarms that ring as a list says, one entry each time that they are looked at; the last entry stays."""

    def __init__(self, *rings: set[str] | Exception) -> None:
        self.rings = list(rings) or [set()]

    def get_paginator(self, _: str) -> CloudWatch:
        return self

    def paginate(self, AlarmNames: list[str]) -> list[dict[str, Any]]:  # noqa: N803
        now = self.rings.pop(0) if len(self.rings) > 1 else self.rings[0]
        if isinstance(now, Exception):
            raise now
        states = {name: "ALARM" if name in now else "OK" for name in AlarmNames}
        return [{"MetricAlarms": [{"AlarmName": name, "StateValue": state} for name, state in states.items()]}]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(alias_module, "_POLL_SECONDS", 0.001)


def moved(
    lambda_: Lambda, how: dict[str, Any], cloudwatch: CloudWatch | None = None, to: str = "2", served: str = "1"
) -> list[tuple[str, dict[str, float]]]:
    """Every place that the alias was pointed to on the way."""
    found = Alias.found(lambda_, "shop", "live")
    assert found is not None
    props = {"name": "shop", "rollout": how, "alarms": ["errors", "latency"]}
    move(found, cloudwatch or CloudWatch(), to, served, props)
    return lambda_.moves


def refused(lambda_: Lambda, how: dict[str, Any], cloudwatch: CloudWatch, **more: str) -> str:
    with pytest.raises(AwsError) as caught:
        moved(lambda_, how, cloudwatch, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("strategy", "percent", "shares"),
    [
        ("all-at-once", 25, [1.0]),
        ("canary", 10, [0.1, 1.0]),
        ("linear", 25, [0.25, 0.5, 0.75, 1.0]),
        ("linear", 30, [0.3, 0.6, 0.9, 1.0]),
        ("linear", 33, [0.33, 0.66, 0.99, 1.0]),
        ("linear", 99, [0.99, 1.0]),
    ],
)
def test_the_steps_of_each_strategy(strategy: str, percent: float, shares: list[float]) -> None:
    assert list(steps(strategy, percent)) == shares


def test_a_canary() -> None:
    assert moved(Lambda(), CANARY) == [("1", {"2": 0.1}), ("2", {})]


def test_it_begins_where_nothing_is_on_the_way() -> None:
    """A killed command left version 2 with a share, or with all; version 3 comes instead."""
    assert moved(Lambda("1", {"2": 0.5}), AT_ONCE, to="3") == [("1", {}), ("3", {})]
    assert moved(Lambda("2"), CANARY, to="3") == [("1", {}), ("1", {"3": 0.1}), ("3", {})]


def test_what_was_moved_and_not_judged_is_judged() -> None:
    lambda_ = Lambda("2")
    assert "version 2 got 100% of the requests, and an alarm rang: errors; version 1 serves" in refused(
        lambda_, AT_ONCE, CloudWatch(set(), {"errors"})
    )
    assert lambda_.moves[-1] == ("1", {})


@pytest.mark.parametrize(
    ("rings", "share"),
    [([set(), {"errors"}], "10%"), ([set(), set(), {"latency"}], "100%")],
)
def test_it_goes_back_on_an_alarm_of_any_step(rings: list[set[str]], share: str) -> None:
    lambda_ = Lambda()
    assert f"version 2 got {share} of the requests" in refused(lambda_, CANARY, CloudWatch(*rings))
    assert (lambda_.version, lambda_.weights) == ("1", {})


def test_an_alarm_that_rings_already_judges_once_it_was_quiet() -> None:
    assert moved(Lambda(), CANARY, CloudWatch({"errors"})) == [("1", {"2": 0.1}), ("2", {})]
    told = refused(Lambda(), CANARY, CloudWatch({"errors"}, set(), {"errors"}))
    assert "version 2 got 100% of the requests, and an alarm rang: errors" in told
    assert "latency" in refused(Lambda(), CANARY, CloudWatch({"errors"}, {"errors", "latency"}))


def test_alarms_are_watched_as_long_as_it_bakes() -> None:
    quiet: list[set[str] | Exception] = [set()] * 5
    assert "an alarm rang" in refused(Lambda(), {**AT_ONCE, "bake_seconds": 5}, CloudWatch(*quiet, {"errors"}))


def test_it_goes_back_where_alarms_cannot_be_watched() -> None:
    lambda_, lost = Lambda(), EndpointConnectionError(endpoint_url="https://monitoring")
    with pytest.raises(EndpointConnectionError):
        moved(lambda_, CANARY, CloudWatch(set(), lost))
    assert (lambda_.version, lambda_.weights) == ("1", {})


def test_both_reasons_are_told_where_it_cannot_go_back() -> None:
    lambda_ = Lambda()

    def fail_after_two() -> None:
        if len(lambda_.moves) == 1:
            raise ClientError({"Error": {"Code": "ServiceException", "Message": "sorry"}}, "UpdateAlias")

    lambda_.on_update = fail_after_two
    told = refused(lambda_, CANARY, CloudWatch(set(), {"errors"}))
    assert "version 2 got 10% of the requests, and an alarm rang: errors; and going back to version 1 failed" in told
    assert "sorry" in told


def test_versions_of_different_roles_never_share_the_requests() -> None:
    lambda_ = Lambda()
    lambda_.roles["2"] = "another"
    assert moved(lambda_, LINEAR) == [("2", {})]


def test_two_that_move_it_at_a_time_cannot_both_succeed() -> None:
    lambda_ = Lambda()

    def interfere() -> None:
        lambda_.revision += 1

    lambda_.on_update = interfere
    assert "was moved by somebody else meanwhile; run pulumi refresh" in refused(lambda_, AT_ONCE, CloudWatch())


def test_it_waits_until_warm_replicas_have_moved() -> None:
    """Lambda itself leaves the requests with the old version until then."""
    lambda_ = Lambda()

    def warming() -> Iterator[dict[str, Any]]:
        lambda_.weights, lambda_.revision = {"1": 1.0}, lambda_.revision + 1
        yield {"Status": "IN_PROGRESS"}
        yield {"Status": "READY"}
        lambda_.weights, lambda_.revision = {}, lambda_.revision + 1
        yield {"Status": "READY"}

    lambda_.warm = warming()
    assert moved(lambda_, AT_ONCE) == [("2", {})]


def test_warm_replicas_that_do_not_start_take_it_back() -> None:
    lambda_ = Lambda()

    def failing() -> Iterator[dict[str, Any]]:
        yield {"Status": "FAILED", "StatusReason": "FUNCTION_ERROR_INIT_FAILURE"}
        while True:
            yield {"Status": "READY"}

    lambda_.warm = failing()
    told = refused(lambda_, AT_ONCE, CloudWatch())
    assert "the warm replicas of version 2 do not start: FUNCTION_ERROR_INIT_FAILURE" in told
    assert lambda_.version == "1"
