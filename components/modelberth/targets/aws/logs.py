"""The log group of an endpoint, made before its service would make one that keeps everything for ever."""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws

from modelberth.targets.aws.place import Place

LOG_DAYS = 365


def declare_logs(place: Place[Any]) -> aws.cloudwatch.LogGroup:
    """Declare the log group."""
    return aws.cloudwatch.LogGroup(
        place.child("logs"),
        name=place.log_group,
        retention_in_days=LOG_DAYS,
        kms_key_id=place.spec.key,
        tags=place.tags(),
        opts=place.opts(),
    )
