"""Whether an account has room for what is declared (https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from modelberth_platform.aws.errors import in_words
from modelberth_platform.aws.session import client, provider_settings, session
from modelberth_platform.checks import Check, Outcome
from modelberth_platform.errors import UserError


@dataclass(frozen=True)
class Need:
    """What an endpoint needs of one quota at most, while it is updated.

    Attributes:
        quota: its name in Service Quotas.
        amount: how much of it.
        why: how the amount comes about.
    """

    quota: str
    amount: int
    why: str


def quota_checks(name: str, service: str, needs: Iterable[Need], config: Mapping[str, Any]) -> list[Check]:
    """A check for each need; one that says why where the account cannot be asked.

    Args:
        name: the component's name.
        service: the code of the service in Service Quotas, such as `sagemaker`.
        needs: of the component.
        config: the stack's configuration.
    """
    title = f"{name}: quota"
    settings = provider_settings(config)
    opened = session(settings.get("region"), settings)
    if opened.get_credentials() is None:
        return [Check(title, "left out", "no AWS credentials", "Service Quotas")]
    try:
        with in_words("Service Quotas"):
            allowed = allowed_amounts(client(opened, "service-quotas"), service)
    except UserError as error:
        return [Check(title, "warning", str(error).splitlines()[0], "Service Quotas")]
    return [_check(title, need, allowed.get(need.quota)) for need in needs]


def allowed_amounts(service_quotas: Any, service: str) -> dict[str, float]:
    """The account's quotas of a service, by name."""
    pages = service_quotas.get_paginator("list_service_quotas").paginate(ServiceCode=service)
    return {quota["QuotaName"]: float(quota["Value"]) for page in pages for quota in page["Quotas"]}


def _check(title: str, need: Need, allowed: float | None) -> Check:
    rule = f"{need.amount} ({need.why})"
    if allowed is None:
        return Check(title, "warning", f"the account names no quota {need.quota!r}", rule)
    outcome: Outcome = "ok" if allowed >= need.amount else "refused"
    return Check(title, outcome, f"{need.quota}: {allowed:g}", rule)
