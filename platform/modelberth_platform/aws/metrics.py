"""Reading CloudWatch's metrics."""

from __future__ import annotations

import collections
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

HOUR = 3600


def last_hour(
    cloudwatch: Any,
    namespace: str,
    dimensions: Sequence[Mapping[str, str]],
    metrics: Mapping[str, tuple[str, str]],
) -> dict[str, list[float]]:
    """The values of the last hour, by the caller's own name of each metric; a value for each set of dimensions.

    Args:
        cloudwatch: client.
        namespace: of the metrics.
        dimensions: the sets of dimensions, by name, that each metric is read for.
        metrics: a metric's name and statistic, such as `("Invocations", "Sum")`, by the caller's own name of it, which
            is made of letters.
    """
    queries = [
        {
            "Id": f"{key}{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
                },
                "Period": HOUR,
                "Stat": stat,
            },
        }
        for key, (metric, stat) in metrics.items()
        for index, named in enumerate(dimensions)
    ]
    now = datetime.datetime.now(datetime.UTC)
    results = cloudwatch.get_metric_data(
        MetricDataQueries=queries, StartTime=now - datetime.timedelta(seconds=HOUR), EndTime=now
    )["MetricDataResults"]
    values: dict[str, list[float]] = collections.defaultdict(list)
    for result in results:
        values[result["Id"].rstrip("0123456789")] += result["Values"]
    return values
