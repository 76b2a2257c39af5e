"""Reading a log group of CloudWatch Logs."""

from __future__ import annotations

import collections
import time
from collections.abc import Iterator, Mapping
from typing import Any

from modelberth_platform.aws.errors import in_words
from modelberth_platform.aws.session import client, provider_settings, session

FOLLOW_SECONDS = 2.0
DAY_SECONDS = 24 * 3600


def endpoint_log_lines(
    prefix: str, served: Mapping[str, Any], config: Mapping[str, Any], last: int, follow: bool
) -> Iterator[str]:
    """The lines of an endpoint's log group, whose name is the prefix and the endpoint's; otherwise like `log_lines`.

    Args:
        prefix: the beginning of the group's name.
        served: what the state says of what serves: `name` and `region`.
        config: the stack's configuration.
        last: how many lines.
        follow: whether to go on with what comes.
    """
    group, region = f"{prefix}{served['name']}", str(served["region"])
    return log_lines(group, region, last=last, follow=follow, config=provider_settings(config))


def log_lines(
    group: str, region: str, *, last: int, follow: bool, config: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """The last lines of the last day, and with `follow` what comes.

    Args:
        group: the log group's name.
        region: where it is.
        last: how many lines.
        follow: whether to go on with what comes, until the caller stops.
        config: the stack's `aws:` configuration.

    Raises:
        AwsError: the log group cannot be read.
    """
    logs = client(session(region, config), "logs")
    since = int((time.time() - DAY_SECONDS) * 1000)
    with in_words(group):
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
