"""What is watched of an endpoint on SageMaker (https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html)."""

from __future__ import annotations

from modelberth.targets.aws.alarms import Condition, Watch, failed_share, silence, slowest
from modelberth.targets.sagemaker.place import SageMakerPlace
from modelberth_platform.spec.parts import Alarms as AlarmsSpec

ERROR_RATE_PERCENT = 5.0
LATENCY_P99_SECONDS = 5.0
OVERHEAD_P99_SECONDS = 1.0
NAMESPACE = "AWS/SageMaker"
MICROSECONDS = 1_000_000
"""The unit of SageMaker's latencies."""


def watches(place: SageMakerPlace) -> dict[str, list[Watch]]:
    """What is watched of each production variant, by its name."""
    return {variant: _of_variant(place, variant) for variant in place.variants}


def _of_variant(place: SageMakerPlace, variant: str) -> list[Watch]:
    declared, queued = place.spec.alarms or AlarmsSpec(), place.spec.kind == "asynchronous"
    percent = declared.error_rate_percent or ERROR_RATE_PERCENT
    latency = declared.latency_p99_seconds or (None if queued else LATENCY_P99_SECONDS)
    overhead = declared.overhead_p99_seconds or (OVERHEAD_P99_SECONDS if place.spec.kind == "real-time" else None)
    minutes = declared.no_invocations_minutes
    dimensions = _dimensions(place, variant)
    failed = "InvocationFailures" if queued else "Invocation5XXErrors"
    called = "InvocationsProcessed" if queued else "Invocations"
    share = failed_share(NAMESPACE, failed=failed, called=called, dimensions=dimensions, percent=percent)
    watched = [Watch("errors", f"more than {percent:g} % of its requests fail", share)]
    if latency is not None:
        what = f"its slowest request in a hundred takes the model more than {latency:g} s"
        watched.append(Watch("latency", what, _slowest("ModelLatency", dimensions, latency)))
    if overhead is not None:
        what = f"SageMaker adds more than {overhead:g} s to its slowest request in a hundred"
        watched.append(Watch("overhead", what, _slowest("OverheadLatency", dimensions, overhead)))
    if minutes is not None:
        what = f"nobody has called it for {minutes} minutes"
        silent = silence(NAMESPACE, called, dimensions=dimensions, minutes=minutes)
        watched.append(Watch("no-invocations", what, silent, judges=False))
    return watched


def _dimensions(place: SageMakerPlace, variant: str) -> dict[str, str]:
    """Queued requests are counted for the endpoint, others for each variant."""
    endpoint = {"EndpointName": place.endpoint_name}
    return endpoint if place.spec.kind == "asynchronous" else {**endpoint, "VariantName": variant}


def _slowest(metric: str, dimensions: dict[str, str], seconds: float) -> Condition:
    return slowest(NAMESPACE, metric, dimensions=dimensions, threshold=seconds * MICROSECONDS)
