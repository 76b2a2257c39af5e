"""Whether an account may run what a declaration asks for (https://docs.aws.amazon.com/general/latest/gr/sagemaker.html)."""

from __future__ import annotations

import collections
import math
from dataclasses import dataclass
from typing import Any

CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"


@dataclass(frozen=True)
class Need:
    """What of one quota an endpoint needs at most, while it is updated.

    Attributes:
        quota: its name in Service Quotas.
        amount: of it.
        why: how the amount comes about.
    """

    quota: str
    amount: int
    why: str


def needs(recorded: dict[str, Any]) -> list[Need]:
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


def _fleets(recorded: dict[str, Any]) -> dict[str, int]:
    """The most instances of each type that serve at a time; a shadow does not scale."""
    scaling = recorded["scaling"]
    found = collections.Counter({recorded["compute"]: int(scaling["max"])})
    for name, variant in recorded.get("variants", {}).items():
        found[variant["compute"]] += max(int(scaling["min"]), 1) if name == "shadow" else int(scaling["max"])
    return found


def quotas(service_quotas: Any) -> dict[str, float]:
    """The account's quotas of SageMaker, by name."""
    pages = service_quotas.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    return {quota["QuotaName"]: float(quota["Value"]) for page in pages for quota in page["Quotas"]}
