"""When somebody must look, and when an update goes back.

Metrics: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.sagemaker.place import Place
from modelberth_platform.spec.parts import Alarms as Declared

ERROR_RATE_PERCENT = 5.0
LATENCY_P99_SECONDS = 5.0
OVERHEAD_P99_SECONDS = 1.0
NAMESPACE = "AWS/SageMaker"


@dataclass
class Alarms:
    """The alarms of an endpoint.

    Attributes:
        rollback: the names of those that an update watches.
        resources: all of them.
    """

    rollback: list[str] = field(default_factory=list)
    resources: list[pulumi.Resource] = field(default_factory=list)


def declare_alarms(place: Place) -> Alarms:
    """Declare the alarms of every variant, and the topic that they speak to."""
    alarms = Alarms()
    declared = place.spec.alarms or Declared()
    actions = _actions(place, declared)
    for variant in place.variants:
        for watch in _watches(place, declared, variant):
            name = "-".join([place.endpoint_name, *([] if variant == "main" else [variant]), watch.role])
            alarm = aws.cloudwatch.MetricAlarm(
                place.child(f"alarm-{watch.role}", variant),
                name=name,
                alarm_description=_text(place, declared, watch.what),
                alarm_actions=actions,
                ok_actions=actions,
                tags=place.tags(),
                opts=place.opts(),
                **watch.arguments,
            )
            alarms.resources.append(alarm)
            if watch.judges:
                alarms.rollback.append(name)
    return alarms


@dataclass(frozen=True)
class _Watch:
    """One thing to watch: the alarm's role, what it says, its own arguments, whether it judges an update."""

    role: str
    what: str
    arguments: dict[str, Any]
    judges: bool = True


def _watches(place: Place, declared: Declared, variant: str) -> list[_Watch]:
    queued = place.spec.kind == "asynchronous"
    percent = declared.error_rate_percent or ERROR_RATE_PERCENT
    latency = declared.latency_p99_seconds or (None if queued else LATENCY_P99_SECONDS)
    overhead = declared.overhead_p99_seconds or (OVERHEAD_P99_SECONDS if place.spec.kind == "real-time" else None)
    silence = declared.no_invocations_minutes
    dimensions = _dimensions(place, variant)
    found = [_Watch("errors", f"more than {percent:g} % of its requests fail", _error_rate(place, dimensions, percent))]
    if latency is not None:
        what = f"its slowest request in a hundred takes the model more than {latency:g} s"
        found.append(_Watch("latency", what, _p99("ModelLatency", dimensions, latency)))
    if overhead is not None:
        what = f"SageMaker adds more than {overhead:g} s to its slowest request in a hundred"
        found.append(_Watch("overhead", what, _p99("OverheadLatency", dimensions, overhead)))
    if silence is not None:
        what = f"nobody has called it for {silence} minutes"
        found.append(_Watch("no-invocations", what, _silence(place, dimensions, silence), judges=False))
    return found


def _dimensions(place: Place, variant: str) -> dict[str, str]:
    """Queued requests are counted for the endpoint, others for each variant."""
    named = {"EndpointName": place.endpoint_name}
    return named if place.spec.kind == "asynchronous" else {**named, "VariantName": variant}


def _error_rate(place: Place, dimensions: dict[str, str], percent: float) -> dict[str, Any]:
    queued = place.spec.kind == "asynchronous"
    counted = {
        "failed": "InvocationFailures" if queued else "Invocation5XXErrors",
        "called": "InvocationsProcessed" if queued else "Invocations",
    }
    metrics = [
        {
            "id": name,
            "metric": {
                "namespace": NAMESPACE,
                "metric_name": metric,
                "dimensions": dimensions,
                "period": 60,
                "stat": "Sum",
            },
            "return_data": False,
        }
        for name, metric in counted.items()
    ]
    rate = {
        "id": "rate",
        "expression": "IF(called > 0, 100 * failed / called, 0)",
        "label": "failed requests, percent",
        "return_data": True,
    }
    return {"metric_queries": [*metrics, rate], "threshold": percent, **_two_of_three_minutes()}


def _p99(metric: str, dimensions: dict[str, str], seconds: float) -> dict[str, Any]:
    return {
        "namespace": NAMESPACE,
        "metric_name": metric,
        "dimensions": dimensions,
        "extended_statistic": "p99",
        "period": 60,
        "threshold": seconds * 1_000_000,  # SageMaker counts microseconds
        **_two_of_three_minutes(),
    }


def _two_of_three_minutes() -> dict[str, Any]:
    return {
        "comparison_operator": "GreaterThanThreshold",
        "evaluation_periods": 3,
        "datapoints_to_alarm": 2,
        "treat_missing_data": "notBreaching",
    }


def _silence(place: Place, dimensions: dict[str, str], minutes: int) -> dict[str, Any]:
    return {
        "namespace": NAMESPACE,
        "metric_name": "InvocationsProcessed" if place.spec.kind == "asynchronous" else "Invocations",
        "dimensions": dimensions,
        "statistic": "Sum",
        "period": minutes * 60,
        "evaluation_periods": 1,
        "threshold": 1,
        "comparison_operator": "LessThanThreshold",
        "treat_missing_data": "breaching",
    }


def _text(place: Place, declared: Declared, what: str) -> str:
    lines = [f"The endpoint {place.endpoint_name}: {what}."]
    lines += [f"Owner: {declared.owner}."] if declared.owner else []
    lines += [f"Runbook: {declared.runbook}"] if declared.runbook else []
    return "\n".join([*lines, f"Log: {place.logs_url}"])


def _actions(place: Place, declared: Declared) -> list[pulumi.Input[str]] | None:
    """The topic that is named, or one that sends to the address that is."""
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


def _only_alarms(place: Place, topic: pulumi.Input[str]) -> dict[str, Any]:
    statement = {
        "Sid": "OnlyAlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
