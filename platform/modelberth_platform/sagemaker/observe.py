"""What SageMaker and CloudWatch say of an endpoint that serves: state, alarms, traffic, log."""

from __future__ import annotations

import collections
import datetime
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelberth_platform.sagemaker.names import LOGS
from modelberth_platform.sagemaker.rollout import described
from modelberth_platform.sagemaker.session import client, in_words, session

HOUR = 3600
FOLLOW_SECONDS = 2.0
ALARM_PREFIX_LIMIT = 100


@dataclass(frozen=True)
class Observed:
    """An endpoint as it is now.

    Attributes:
        status: SageMaker's, such as `InService`; `gone` where there is no such endpoint.
        reason: why it failed, in SageMaker's words.
        config: the endpoint configuration that it serves.
        instances: running instances; None on serverless.
        wanted: instances that autoscaling wants.
        ringing: names of its alarms that ring.
        requests: in the last hour.
        errors: of those, server errors.
        p50_seconds: of the model, in the last hour; None without requests.
        p99_seconds: the same.
    """

    status: str
    reason: str | None = None
    config: str | None = None
    instances: int | None = None
    wanted: int | None = None
    ringing: tuple[str, ...] = ()
    requests: int | None = None
    errors: int | None = None
    p50_seconds: float | None = None
    p99_seconds: float | None = None

    @property
    def well(self) -> bool:
        """In service, and no alarm rings."""
        return self.status == "InService" and not self.ringing


def observed(name: str, region: str, config: Mapping[str, Any] | None = None) -> Observed:
    """Look at an endpoint.

    Args:
        name: its physical name.
        region: where it is.
        config: the stack's `aws:` configuration.
    """
    found = session(region, config)
    with in_words(name):
        live = described(client(found, "sagemaker"), name)
        if live is None:
            return Observed("gone")
        cloudwatch = client(found, "cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{name}-", MaxRecords=ALARM_PREFIX_LIMIT)["MetricAlarms"]
        ringing = [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
        traffic = _traffic(cloudwatch, name, [variant["VariantName"] for variant in live["ProductionVariants"]])
    variants = [variant for variant in live["ProductionVariants"] if "CurrentInstanceCount" in variant]
    return Observed(
        status=live["EndpointStatus"],
        reason=live.get("FailureReason"),
        config=live["EndpointConfigName"],
        instances=sum(variant["CurrentInstanceCount"] for variant in variants) if variants else None,
        wanted=sum(variant.get("DesiredInstanceCount", 0) for variant in variants) if variants else None,
        ringing=tuple(ringing),
        **traffic,
    )


def _traffic(cloudwatch: Any, endpoint: str, variants: list[str]) -> dict[str, Any]:
    """The last hour's, of all variants; the slowest variant's percentiles."""
    asked = {
        "requests": ("Invocations", "Sum"),
        "errors": ("Invocation5XXErrors", "Sum"),
        "median": ("ModelLatency", "p50"),
        "slowest": ("ModelLatency", "p99"),
    }
    queries = [
        {
            "Id": f"{key}{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": endpoint},
                        {"Name": "VariantName", "Value": variant},
                    ],
                },
                "Period": HOUR,
                "Stat": stat,
            },
        }
        for key, (metric, stat) in asked.items()
        for index, variant in enumerate(variants)
    ]
    now = datetime.datetime.now(datetime.UTC)
    results = cloudwatch.get_metric_data(
        MetricDataQueries=queries, StartTime=now - datetime.timedelta(seconds=HOUR), EndTime=now
    )["MetricDataResults"]
    values: dict[str, list[float]] = collections.defaultdict(list)
    for result in results:
        values[result["Id"].rstrip("0123456789")] += result["Values"]
    seconds = {key: max(values[key]) / 1_000_000 if values[key] else None for key in ("median", "slowest")}
    return {
        "requests": int(sum(values["requests"])),
        "errors": int(sum(values["errors"])),
        "p50_seconds": seconds["median"],
        "p99_seconds": seconds["slowest"],
    }


def log_lines(
    name: str, region: str, *, last: int, follow: bool, config: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """What the containers print: the last lines of the last day, and with `follow` what comes."""
    logs = client(session(region, config), "logs")
    group, since = LOGS + name, int((time.time() - 24 * HOUR) * 1000)
    with in_words(name):
        recent = collections.deque(_events(logs, group, since), maxlen=max(last, 1))
        yield from (event["message"].rstrip("\n") for event in list(recent)[-last:] if last)
        seen = {event["eventId"] for event in recent}
        since = max((event["timestamp"] for event in recent), default=since)
        while follow:
            time.sleep(FOLLOW_SECONDS)
            for event in _events(logs, group, since):
                if event["eventId"] not in seen:
                    seen.add(event["eventId"])
                    since = max(since, event["timestamp"])
                    yield event["message"].rstrip("\n")


def _events(logs: Any, group: str, since: int) -> Iterator[dict[str, Any]]:
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
        yield from page["events"]
