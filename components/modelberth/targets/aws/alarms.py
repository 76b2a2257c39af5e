"""When somebody must look at an endpoint, and when an update goes back: alarms of CloudWatch, and whom they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place
from modelberth_platform.spec.parts import Alarms as AlarmsSpec


@dataclass
class Alarms:
    """The alarms of an endpoint.

    Attributes:
        rollback: the names of those that an update watches.
        resources: all of them.
    """

    rollback: list[str] = field(default_factory=list)
    resources: list[pulumi.Resource] = field(default_factory=list)


Dimensions = Mapping[str, pulumi.Input[str]]
"""The names and values that tell the series of a metric apart."""


class Condition(TypedDict, total=False):
    """When an alarm rings: the arguments of `aws.cloudwatch.MetricAlarm` that say so."""

    namespace: str
    metric_name: str
    dimensions: Dimensions
    period: int
    statistic: str
    extended_statistic: str
    metric_queries: list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict]
    threshold: float
    comparison_operator: str
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: str


@dataclass(frozen=True)
class Watch:
    """One thing that an alarm watches.

    Attributes:
        role: ends the alarm's name.
        what: what the alarm says when it rings.
        condition: when the alarm rings.
        judges: whether an update goes back on it.
    """

    role: str
    what: str
    condition: Condition
    judges: bool = True


def declare_alarms(place: Place[Any], watches: Mapping[str, Sequence[Watch]]) -> Alarms:
    """Declare the alarms, and the topic that they speak to.

    Args:
        place: where the endpoint stands.
        watches: what is watched of each variant, by its name.
    """
    alarms = Alarms()
    declared = place.spec.alarms or AlarmsSpec()
    actions = _actions(place, declared)
    for variant, of_variant in watches.items():
        for watch in of_variant:
            name = "-".join([place.endpoint_name, *([] if variant == "main" else [variant]), watch.role])
            alarm = aws.cloudwatch.MetricAlarm(
                place.child(f"alarm-{watch.role}", variant),
                name=name,
                alarm_description=_text(place, declared, watch.what),
                alarm_actions=actions,
                ok_actions=actions,
                tags=place.tags(),
                opts=place.opts(),
                **watch.condition,
            )
            alarms.resources.append(alarm)
            if watch.judges:
                alarms.rollback.append(name)
    return alarms


def failed_share(namespace: str, *, failed: str, called: str, dimensions: Dimensions, percent: float) -> Condition:
    """Rings where more than so many percent of the calls fail, in two of three minutes.

    Args:
        namespace: of the metrics.
        failed: the metric that counts failed calls.
        called: the metric that counts all calls.
        dimensions: of both.
        percent: of the calls.
    """
    metrics: list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict] = [
        {
            "id": name,
            "metric": {
                "namespace": namespace,
                "metric_name": metric,
                "dimensions": dimensions,
                "period": 60,
                "stat": "Sum",
            },
            "return_data": False,
        }
        for name, metric in {"failed": failed, "called": called}.items()
    ]
    rate: aws.cloudwatch.MetricAlarmMetricQueryArgsDict = {
        "id": "rate",
        "expression": "IF(called > 0, 100 * failed / called, 0)",
        "label": "failed requests, percent",
        "return_data": True,
    }
    return {"metric_queries": [*metrics, rate], "threshold": percent, **_TWO_OF_THREE_MINUTES}


def slowest(namespace: str, metric: str, *, dimensions: Dimensions, threshold: float) -> Condition:
    """Rings where the slowest call in a hundred takes longer than the threshold, in the metric's unit, in two of three
    minutes."""
    return {
        "namespace": namespace,
        "metric_name": metric,
        "dimensions": dimensions,
        "extended_statistic": "p99",
        "period": 60,
        "threshold": threshold,
        **_TWO_OF_THREE_MINUTES,
    }


def silence(namespace: str, called: str, *, dimensions: Dimensions, minutes: int) -> Condition:
    """Rings where the metric that counts calls has counted none for so many minutes."""
    return {
        "namespace": namespace,
        "metric_name": called,
        "dimensions": dimensions,
        "statistic": "Sum",
        "period": minutes * 60,
        "evaluation_periods": 1,
        "threshold": 1,
        "comparison_operator": "LessThanThreshold",
        "treat_missing_data": "breaching",
    }


def any_at_all(namespace: str, metric: str, *, dimensions: Dimensions) -> Condition:
    """Rings where the metric counts anything in two of three minutes."""
    return {
        "namespace": namespace,
        "metric_name": metric,
        "dimensions": dimensions,
        "statistic": "Sum",
        "period": 60,
        "threshold": 0,
        **_TWO_OF_THREE_MINUTES,
    }


_TWO_OF_THREE_MINUTES: Condition = {
    "comparison_operator": "GreaterThanThreshold",
    "evaluation_periods": 3,
    "datapoints_to_alarm": 2,
    "treat_missing_data": "notBreaching",
}


def _text(place: Place[Any], declared: AlarmsSpec, what: str) -> str:
    lines = [f"The endpoint {place.endpoint_name}: {what}."]
    lines += [f"Owner: {declared.owner}."] if declared.owner else []
    lines += [f"Runbook: {declared.runbook}"] if declared.runbook else []
    return "\n".join([*lines, f"Log: {place.logs_url}"])


def _actions(place: Place[Any], declared: AlarmsSpec) -> list[pulumi.Input[str]] | None:
    """The topic that the declaration names, or one that sends to the address that it names."""
    if declared.notify is None:
        return None
    if declared.notify.startswith("arn:"):
        return [declared.notify]
    topic = aws.sns.Topic(
        place.child("topic"),
        display_name=f"alarms of {place.endpoint_name}"[:100],
        kms_master_key_id=place.spec.key,
        tags=place.tags(),
        opts=place.opts(),
    )
    aws.sns.TopicPolicy(
        place.child("topic-policy"),
        arn=topic.arn,
        policy=pulumi.Output.json_dumps(_only_alarms(place, topic.arn)),
        opts=place.opts(),
    )
    aws.sns.TopicSubscription(
        place.child("topic-subscription"),
        topic=topic.arn,
        protocol="email",
        endpoint=declared.notify,
        opts=place.opts(),
    )
    return [topic.arn]


def _only_alarms(place: Place[Any], topic: pulumi.Input[str]) -> dict[str, Any]:
    statement = {
        "Sid": "OnlyAlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
