"""What an endpoint needs of the account's quotas
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelberth_platform.aws.quotas import Need, quota_checks
from modelberth_platform.checks import Check

CONCURRENCY = "Concurrent executions"
UNRESERVED = 100
"""Executions at a time that Lambda keeps for functions that reserve none
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""


def checks(name: str, recorded: Mapping[str, Any], config: Mapping[str, Any]) -> list[Check]:
    """Whether the account's quotas have room for the component of that name."""
    return quota_checks(name, "lambda", needs(recorded), config)


def needs(recorded: Mapping[str, Any]) -> list[Need]:
    """The quotas that an endpoint needs, from what its component records."""
    reserved, warm = int(recorded.get("concurrency") or 0), int(recorded.get("provisioned") or 0)
    if reserved:
        return [Need(CONCURRENCY, reserved + UNRESERVED, f"{reserved} reserved, and {UNRESERVED} for all others")]
    if warm:
        most = max(warm, int(recorded["scaling"]["max"]))
        return [Need(CONCURRENCY, most + UNRESERVED, f"{most} kept warm, and {UNRESERVED} for all others")]
    return [Need(CONCURRENCY, 1, "one at a time, at least")]
