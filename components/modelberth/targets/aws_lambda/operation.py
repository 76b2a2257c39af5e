"""What is watched of an endpoint on Lambda, and drawn
(https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html)."""

from __future__ import annotations

from modelberth.targets.aws.alarms import Watch, any_at_all, failed_share, silence, slowest
from modelberth.targets.aws.dashboard import Widget
from modelberth.targets.aws_lambda.front import Front
from modelberth.targets.aws_lambda.function import Function
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth_platform.spec.parts import Alarms as AlarmsSpec
from modelberth_platform.targets.aws_lambda.names import ERROR_RATE_PERCENT

NAMESPACE = "AWS/Lambda"
LATENCY_P99_SECONDS = 5.0


def watches(place: LambdaPlace, function: Function, front: Front) -> list[Watch]:
    """The alarms: an update goes back on those that a release can cause."""
    declared, requests = place.spec.alarms or AlarmsSpec(), front.requests
    percent = declared.error_rate_percent or ERROR_RATE_PERCENT
    latency = declared.latency_p99_seconds or (None if place.streams else LATENCY_P99_SECONDS)
    share = failed_share(
        requests.namespace,
        failed=requests.failed,
        called=requests.called,
        dimensions=requests.dimensions,
        percent=percent,
    )
    throttled = any_at_all(NAMESPACE, "Throttles", dimensions=function.dimensions)
    watched = [
        Watch("errors", f"more than {percent:g} % of its requests fail", share),
        Watch("throttles", "Lambda turns requests away: too many at a time", throttled, judges=False),
    ]
    if latency is not None:  # a stream takes as long as it takes
        slow = slowest(NAMESPACE, "Duration", dimensions=function.dimensions, threshold=latency * 1000)
        watched.append(
            Watch("latency", f"its slowest request in a hundred takes the model more than {latency:g} s", slow)
        )
    if place.spec.provisioned:
        spilled = any_at_all(NAMESPACE, "ProvisionedConcurrencySpilloverInvocations", dimensions=function.dimensions)
        watched.append(Watch("spillover", "requests find no warm replica", spilled, judges=False))
    if declared.no_invocations_minutes is not None:
        minutes = declared.no_invocations_minutes
        silent = silence(NAMESPACE, "Invocations", dimensions=function.dimensions, minutes=minutes)
        watched.append(Watch("no-invocations", f"nobody has called it for {minutes} minutes", silent, judges=False))
    return watched


def widgets(function: Function, front: Front) -> list[Widget]:
    """Traffic, errors, duration, and replicas."""
    requests = front.requests
    counted = [part for pair in requests.dimensions.items() for part in pair]
    called = [part for pair in function.dimensions.items() for part in pair]
    return [
        Widget("requests a minute", "Sum", [[requests.namespace, requests.called, *counted]]),
        Widget("failed requests a minute", "Sum", [[requests.namespace, requests.failed, *counted]]),
        Widget("p99, milliseconds", "p99", [[NAMESPACE, "Duration", *called]]),
        Widget(
            "replicas, and requests turned away",
            "Maximum",
            [[NAMESPACE, metric, *called] for metric in ("ConcurrentExecutions", "Throttles")],
        ),
    ]
