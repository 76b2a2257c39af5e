"""Which alarms of CloudWatch ring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NAMES_A_CALL = 100
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html (`AlarmNames`)"""


def ringing(cloudwatch: Any, names: Iterable[str]) -> list[str]:
    """Those of the alarms of exactly these names that are in the state ALARM."""
    asked, rings = sorted(set(names)), []
    for first in range(0, len(asked), NAMES_A_CALL):
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=asked[first : first + NAMES_A_CALL])
        alarms = (alarm for page in pages for alarm in page["MetricAlarms"])
        rings += [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    return rings
