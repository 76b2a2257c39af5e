"""What every target on AWS refuses of a declaration."""

from __future__ import annotations

from collections.abc import Iterator

from modelberth_platform.spec import EndpointSpec, Problem
from modelberth_platform.spec.problems import limit

_ALARM = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
LONGEST_SILENCE_MINUTES = 1440


def alarms(spec: EndpointSpec) -> Iterator[Problem]:
    """What CloudWatch's alarms cannot do."""
    minutes = spec.alarms.no_invocations_minutes if spec.alarms is not None else None
    if (minutes or 0) > LONGEST_SILENCE_MINUTES:
        nearest = f"an alarm looks back a day, {LONGEST_SILENCE_MINUTES} minutes"
        yield limit("alarms.no_invocations_minutes", f"is {minutes}", nearest, _ALARM)
