"""A dashboard of the endpoint's metrics, where it is asked for."""

from __future__ import annotations

import json
from typing import Any

import pulumi_aws as aws

from modelberth.targets.sagemaker.place import Place


def declare_dashboard(place: Place) -> str | None:
    """Declare it; its address, or None where none is asked for."""
    if not place.spec.dashboard:
        return None
    aws.cloudwatch.Dashboard(
        place.child("dashboard"),
        dashboard_name=place.endpoint_name,
        dashboard_body=json.dumps({"widgets": [*_widgets(place)]}),
        opts=place.opts(),
    )
    return f"{place.console}/cloudwatch/home?region={place.region}#dashboards/dashboard/{place.endpoint_name}"


def _widgets(place: Place) -> list[dict[str, Any]]:
    instances = "/aws/sagemaker/Endpoints"
    drawn = [
        ("requests a minute", "AWS/SageMaker", ["Invocations"], "Sum"),
        ("failed requests a minute", "AWS/SageMaker", ["Invocation5XXErrors", "Invocation4XXErrors"], "Sum"),
        ("p99, microseconds", "AWS/SageMaker", ["ModelLatency", "OverheadLatency"], "p99"),
        ("use of the instances, percent", instances, ["CPUUtilization", "MemoryUtilization"], "Average"),
    ]
    return [
        {
            "type": "metric",
            "x": 12 * (index % 2),
            "y": 6 * (index // 2),
            "width": 12,
            "height": 6,
            "properties": {
                "title": title,
                "region": place.region,
                "period": 60,
                "stat": stat,
                "metrics": [
                    [namespace, metric, "EndpointName", place.endpoint_name, "VariantName", variant]
                    for metric in metrics
                    for variant in place.variants
                ],
            },
        }
        for index, (title, namespace, metrics, stat) in enumerate(drawn)
    ]
