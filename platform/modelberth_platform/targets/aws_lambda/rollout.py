"""Moving an alias from one version of a function to another, step by step, and back where an alarm rings."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelberth_platform.aws.alarms import ringing
from modelberth_platform.aws.errors import AwsError
from modelberth_platform.targets.aws_lambda.names import LOGS

POLL_SECONDS = 10.0
"""How often the alarms are looked at; CloudWatch counts requests by the minute."""


class Alias:
    """The alias of a function, as Lambda has it.

    Every move names the revision that it was decided on, so that two that move it at a time cannot both succeed
    (https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html#lambda-UpdateAlias-request-RevisionId).
    """

    def __init__(self, lambda_: Any, function: str, name: str) -> None:
        """Ask for it; `there` says whether there is one."""
        from botocore.exceptions import ClientError

        self._lambda, self._names = lambda_, {"FunctionName": function, "Name": name}
        try:
            self._live: dict[str, Any] = lambda_.get_alias(**self._names)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            self._live = {}

    @property
    def there(self) -> bool:
        """Whether there is such an alias."""
        return bool(self._live)

    @property
    def version(self) -> str:
        """The version that it points to; during a move the old one."""
        return str(self._live["FunctionVersion"])

    @property
    def weights(self) -> dict[str, float]:
        """The shares of the requests that other versions get, by version: none but during a move."""
        return dict((self._live.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})

    def point_to(self, version: str, weights: Mapping[str, float] | None = None) -> None:
        """Send all requests to the version, but those that `weights` give to others.

        Raises:
            AwsError: somebody else has moved it meanwhile.
        """
        from botocore.exceptions import ClientError

        try:
            self._live = self._lambda.update_alias(
                **self._names,
                FunctionVersion=version,
                RoutingConfig={"AdditionalVersionWeights": dict(weights or {})},
                RevisionId=self._live["RevisionId"],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailedException":
                raise
            raise AwsError(
                f"the alias {self._names['Name']} of {self._names['FunctionName']} was moved by somebody else "
                "meanwhile; run pulumi refresh, then pulumi up"
            ) from None


def move(alias: Alias, cloudwatch: Any, version: str, rollout: Mapping[str, Any], props: Mapping[str, Any]) -> None:
    """Move the alias to the version, watching the alarms after each step.

    Args:
        alias: which a killed command may have left between two versions.
        cloudwatch: client.
        version: where to.
        rollout: `strategy`, `percent` and `bake_seconds`.
        props: the release's properties: `name`, for texts, and `alarms`, the names of those that judge it.

    Raises:
        AwsError: an alarm rang, and the alias is back on what it pointed to.
    """
    old, alarms = alias.version, list(props["alarms"])
    judges = sorted(set(alarms) - set(ringing(cloudwatch, alarms)))  # those that ring would keep out their own cure
    if alias.weights:
        alias.point_to(old)
    if old == version:
        return
    for share in steps(str(rollout["strategy"]), float(rollout["percent"])):
        if share < 1:
            alias.point_to(old, {version: share})
        else:
            alias.point_to(version)
        if rings := _watched(cloudwatch, judges, float(rollout["bake_seconds"])):
            alias.point_to(old)
            raise AwsError(_gone_back(props, old, version, share, rings))


def steps(strategy: str, percent: float) -> Iterator[float]:
    """The shares of the requests that the new version gets, one after the other; the last one is all of them."""
    share = percent / 100
    if strategy == "canary":
        yield share
    elif strategy == "linear":
        yield from (round(step * share, 4) for step in range(1, math.ceil(round(1 / share, 6))))
    yield 1.0


def _watched(cloudwatch: Any, alarms: Sequence[str], seconds: float) -> list[str]:
    """The alarms that ring within so many seconds; none where all stay quiet."""
    until = time.monotonic() + seconds
    while True:
        if rings := ringing(cloudwatch, alarms):
            return rings
        left = until - time.monotonic()
        if left <= 0:
            return []
        time.sleep(min(left, POLL_SECONDS))


def _gone_back(props: Mapping[str, Any], old: str, version: str, share: float, rings: Sequence[str]) -> str:
    name = props["name"]
    return (
        f"the update of the endpoint {name} failed: version {version} got {share:.0%} of the requests, and an alarm "
        f"rang; version {old} serves all of them again.\nalarms that ring: {', '.join(rings)}\n"
        f"The function's log: aws logs tail {LOGS}{name} --since 1h\n"
        "Then mend the release, or pin the earlier one again, and run pulumi up."
    )
