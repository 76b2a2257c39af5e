"""Which alarms of CloudWatch ring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
"""The type of alarms in programs and states."""
NAMES_A_CALL = 100
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html (`AlarmNames`)"""


def ringing(cloudwatch: Any, names: Iterable[str]) -> list[str]:
    """Those of the alarms of exactly these names that are in the state ALARM."""
    exact_names, rings = sorted(set(names)), []
    for first in range(0, len(exact_names), NAMES_A_CALL):
        batch = exact_names[first : first + NAMES_A_CALL]
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=batch)
        alarms = (alarm for page in pages for alarm in page["MetricAlarms"])
        rings += [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    return rings
