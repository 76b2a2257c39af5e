"""What an endpoint needs of the account's quotas (https://docs.aws.amazon.com/general/latest/gr/sagemaker.html)."""

from __future__ import annotations

import collections
import math
from collections.abc import Mapping
from typing import Any

from modelberth_platform.aws.quotas import Need, quota_checks
from modelberth_platform.checks import Check

CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"


def checks(name: str, recorded: Mapping[str, Any], config: Mapping[str, Any]) -> list[Check]:
    """Whether the account's quotas have room for the component of that name."""
    return quota_checks(name, "sagemaker", needs(recorded), config)


def needs(recorded: Mapping[str, Any]) -> list[Need]:
    """The quotas that an endpoint needs, from what its component records."""
    if recorded["kind"] == "serverless":
        concurrency = int(recorded["compute"]["max_concurrency"])
        return [Need(CONCURRENCY, concurrency, "max_concurrency")]
    rollout = recorded["rollout"]

    def need(instances: str, most: int) -> Need:
        quota = f"{instances} for endpoint usage"
        if rollout["strategy"] == "rolling":
            return Need(quota, most + math.ceil(most * rollout["percent"] / 100), f"{most} and a batch of the update")
        return Need(quota, 2 * most, f"twice {most}: an update runs both fleets")

    return [need(instances, most) for instances, most in _fleets(recorded).items()]


def _fleets(recorded: Mapping[str, Any]) -> dict[str, int]:
    """The most instances of each type that serve at a time; a shadow does not scale."""
    scaling = recorded["scaling"]
    most = collections.Counter({recorded["compute"]: int(scaling["max"])})
    for name, variant in recorded.get("variants", {}).items():
        most[variant["compute"]] += max(int(scaling["min"]), 1) if name == "shadow" else int(scaling["max"])
    return most
