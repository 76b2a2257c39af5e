"""Which alarms ring is asked by their exact names, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from loopback import aws_on_loopback

from modelberth_platform.aws.alarms import NAMES_A_CALL, ringing


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with aws_on_loopback(monkeypatch):
        yield boto3.client("cloudwatch")


def make(cloudwatch: Any, name: str, state: str) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="m",
        Namespace="n",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def test_another_endpoints_alarm_with_the_same_beginning_does_not_count(cloudwatch: Any) -> None:
    make(cloudwatch, "shop-errors", "OK")
    make(cloudwatch, "shop-eu-errors", "ALARM")
    assert ringing(cloudwatch, ["shop-errors"]) == []
    assert ringing(cloudwatch, ["shop-eu-errors", "shop-errors"]) == ["shop-eu-errors"]


def test_more_alarms_than_one_call_takes(cloudwatch: Any) -> None:
    names = [f"shop-{number:03}" for number in range(NAMES_A_CALL + 5)]
    for name in names:
        make(cloudwatch, name, "ALARM" if name in (names[0], names[-1]) else "OK")
    asked: list[int] = []
    cloudwatch.meta.events.register(
        "provide-client-params.cloudwatch.DescribeAlarms", lambda params, **_: asked.append(len(params["AlarmNames"]))
    )
    assert ringing(cloudwatch, names) == [names[0], names[-1]]
    assert max(asked) == NAMES_A_CALL, "CloudWatch refuses more names in one call"


def test_without_alarms_nobody_is_asked() -> None:
    assert ringing(None, []) == []
