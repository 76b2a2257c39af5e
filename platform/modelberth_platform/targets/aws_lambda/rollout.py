"""Moving an alias from one version of a function to another, step by step, and back where an alarm rings."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from modelberth_platform.aws.alarms import ringing
from modelberth_platform.aws.errors import AwsError
from modelberth_platform.targets.aws_lambda.alias import Alias
from modelberth_platform.targets.aws_lambda.names import LOGS

POLL_SECONDS = 10.0
"""How often the alarms are looked at; CloudWatch counts requests by the minute."""


def move(alias: Alias, cloudwatch: Any, version: str, served: str, props: Mapping[str, Any]) -> None:
    """Move the alias to the version, watching the alarms after each step.

    Args:
        alias: which a killed command may have left anywhere on the way.
        cloudwatch: client.
        version: where to.
        served: the version that was in service when the last update ended, to which it goes back.
        props: the release's properties: `name`, for texts, `rollout`, and `alarms`, the names of those that judge it.

    Raises:
        AwsError: an alarm rang, or it could not be watched; the alias is back on what served.
    """
    rollout, judges = props["rollout"], Judges(cloudwatch, props["alarms"])
    if alias.weights or alias.version not in (served, version):
        alias.point_to(served)
    for share in _shares(alias, served, version, rollout):
        try:
            alias.point_to(*((served, {version: share}) if share < 1 else (version,)))
            rings = judges.ring_within(float(rollout["bake_seconds"]))
        except BaseException as error:
            _go_back(alias, served, version, str(error))
            raise
        if rings:
            reason = f"version {version} got {share:.0%} of the requests, and an alarm rang: {', '.join(rings)}"
            _go_back(alias, served, version, reason)
            raise AwsError(_told(props["name"], reason, served))


def _shares(alias: Alias, served: str, version: str, rollout: Mapping[str, Any]) -> list[float]:
    """The shares that the version gets, one after the other.

    Lambda divides requests only between versions with the same role
    (https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html).
    """
    if alias.version == version or alias.role_of(served) != alias.role_of(version):
        return [1.0]
    return list(steps(str(rollout["strategy"]), float(rollout["percent"])))


def steps(strategy: str, percent: float) -> Iterator[float]:
    """The shares of the requests that the new version gets, one after the other; the last one is all of them."""
    share = percent / 100
    if strategy == "canary":
        yield share
    elif strategy == "linear":
        yield from (round(step * share, 4) for step in range(1, math.ceil(round(1 / share, 6))))
    yield 1.0


class Judges:
    """The alarms that judge a release.

    Those that ring when it begins do not, or they would keep out their own cure; once they are quiet, they do.
    """

    def __init__(self, cloudwatch: Any, names: Collection[str]) -> None:
        self._cloudwatch, self._names = cloudwatch, sorted(names)
        self._excused = set(ringing(cloudwatch, self._names))

    def ring_within(self, seconds: float) -> list[str]:
        """Those that ring within so many seconds; none where all stay quiet."""
        until = time.monotonic() + seconds
        while True:
            rings = set(ringing(self._cloudwatch, self._names))
            self._excused &= rings
            if judged := sorted(rings - self._excused):
                return judged
            left = until - time.monotonic()
            if left <= 0:
                return []
            time.sleep(min(left, POLL_SECONDS))


def _go_back(alias: Alias, served: str, version: str, reason: str) -> None:
    """Let the version that served have all requests again; where that fails, both reasons are told."""
    from botocore.exceptions import BotoCoreError, ClientError

    if served == version:
        return
    try:
        alias.point_to(served)
    except (AwsError, BotoCoreError, ClientError) as error:
        raise AwsError(f"{reason}; and going back to version {served} failed: {error}") from None


def _told(name: str, reason: str, served: str) -> str:
    return (
        f"the update of the endpoint {name} failed: {reason}; version {served} serves all requests again.\n"
        f"The function's log: aws logs tail {LOGS}{name} --since 1h\n"
        "Then mend the release, or pin the earlier one again, and run pulumi up."
    )
