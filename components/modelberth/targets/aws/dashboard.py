"""A dashboard of an endpoint's metrics, where it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place


@dataclass(frozen=True)
class Widget:
    """A graph.

    Attributes:
        title: what it shows, with the unit.
        stat: the statistic of each metric, such as `Sum` or `p99`.
        metrics: each as CloudWatch's dashboards name it: namespace, metric, and the dimensions' names and values
            (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html).
    """

    title: str
    stat: str
    metrics: list[list[pulumi.Input[str]]]


def declare_dashboard(place: Place[Any], widgets: Sequence[Widget]) -> str | None:
    """Declare the dashboard, two graphs in a row; its address, or None where none is asked for."""
    if not place.spec.dashboard:
        return None
    drawn = [_drawn(place, widget, index) for index, widget in enumerate(widgets)]
    aws.cloudwatch.Dashboard(
        place.child("dashboard"),
        dashboard_name=place.endpoint_name,
        dashboard_body=pulumi.Output.json_dumps({"widgets": drawn}),
        opts=place.opts(),
    )
    return f"{place.console}/cloudwatch/home?region={place.region}#dashboards/dashboard/{place.endpoint_name}"


def _drawn(place: Place[Any], widget: Widget, index: int) -> dict[str, Any]:
    return {
        "type": "metric",
        "x": 12 * (index % 2),
        "y": 6 * (index // 2),
        "width": 12,
        "height": 6,
        "properties": {
            "title": widget.title,
            "region": place.region,
            "period": 60,
            "stat": widget.stat,
            "metrics": widget.metrics,
        },
    }
