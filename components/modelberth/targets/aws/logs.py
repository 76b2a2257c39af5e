"""The log groups of an endpoint, made before its service would make one that keeps everything for ever."""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws

from modelberth.targets.aws.place import Place

LOG_DAYS = 365


def declare_logs(place: Place[Any], role: str = "logs", name: str | None = None) -> aws.cloudwatch.LogGroup:
    """Declare a log group.

    Args:
        place: where the endpoint stands.
        role: ends the child's name.
        name: the group's; by default that of the one that the endpoint's replicas print to.
    """
    return aws.cloudwatch.LogGroup(
        place.child(role),
        name=name or place.log_group,
        retention_in_days=LOG_DAYS,
        kms_key_id=place.spec.key,
        tags=place.tags(),
        opts=place.opts(),
    )
