"""The graphs of an endpoint on SageMaker (https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html)."""

from __future__ import annotations

from modelberth.targets.aws.dashboard import Widget
from modelberth.targets.sagemaker.place import SageMakerPlace


def widgets(place: SageMakerPlace) -> list[Widget]:
    """Traffic, errors, latency and the instances' use, of every variant."""
    endpoint, instances = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
    return [
        _widget(place, "requests a minute", endpoint, ["Invocations"], "Sum"),
        _widget(place, "failed requests a minute", endpoint, ["Invocation5XXErrors", "Invocation4XXErrors"], "Sum"),
        _widget(place, "p99, microseconds", endpoint, ["ModelLatency", "OverheadLatency"], "p99"),
        _widget(place, "use of the instances, percent", instances, ["CPUUtilization", "MemoryUtilization"], "Average"),
    ]


def _widget(place: SageMakerPlace, title: str, namespace: str, metrics: list[str], stat: str) -> Widget:
    return Widget(
        title,
        stat,
        [
            [namespace, metric, "EndpointName", place.endpoint_name, "VariantName", variant]
            for metric in metrics
            for variant in place.variants
        ],
    )
