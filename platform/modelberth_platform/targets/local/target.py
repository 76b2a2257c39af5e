"""The record of the `local` target: an endpoint as supervised processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelberth_platform.errors import UserError
from modelberth_platform.spec.problems import Problem
from modelberth_platform.targets.support import Refusal, Support
from modelberth_platform.targets.target import Candidate, Target

if TYPE_CHECKING:
    from modelberth_platform.client.access import Token
    from modelberth_platform.client.base import Client
    from modelberth_platform.targets.observed import Observed
    from modelberth_platform.targets.served import ServedEndpoint


def _limits(candidate: Candidate) -> Iterator[Problem]:
    for variable in candidate.spec.secrets:
        if variable not in os.environ:
            text = f"on local its value comes from your environment; set it: export {variable}=…"
            yield Problem(f"secrets.{variable}", text)


def _url(endpoint: ServedEndpoint) -> str:
    from modelberth_platform.targets.local.record import base_url

    return f"{base_url(int(endpoint.served['port']))}/invocations"


def _client(name_or_url: str, timeout_seconds: float, token: Token | None) -> Client | None:
    """A client of the endpoint with that name; None for a URL, since any HTTP client can call it."""
    if "://" in name_or_url:
        return None
    if token is not None:
        raise UserError(f"{name_or_url} is an endpoint of this machine, which asks for no token; leave token= out")
    from modelberth_platform.client.http import HttpClient
    from modelberth_platform.targets.local.record import find_record

    _, record = find_record(name_or_url)
    return HttpClient(record.base_url, timeout_seconds)


def _observe(endpoint: ServedEndpoint) -> Observed:
    from modelberth_platform.targets.local.observe import observed

    return observed(endpoint)


def _log_lines(endpoint: ServedEndpoint, last: int, follow: bool) -> Iterator[str]:
    from modelberth_platform.targets.local.logs import log_lines
    from modelberth_platform.targets.local.record import find_record

    folder, record = find_record(endpoint.full_name)
    return log_lines(folder, record, last=last, follow=follow)


TARGET = Target(
    name="local",
    title="this machine",
    cloud="local",
    component=None,
    remote=False,
    last_child="modelberth:Server",
    support=Support(
        honoured=frozenset({"scaling.min"}),
        recorded=frozenset(
            {"scaling", "rollout", "access", "callers", "alarms", "network", "dashboard", "role", "bucket", "key"}
            | {"instance_type", "serverless", "asynchronous", "variants", "shadow", "capture", "start_timeout_seconds"}
            | {"volume_gb", "platform", "runtime", "cpu", "memory_mb", "concurrency", "provisioned", "throttle", "cors"}
        ),
        refused={
            "image": Refusal(
                "the local target runs bundles, not images", "give bundle= here, and image= on a cloud's stack"
            )
        },
    ),
    limits=_limits,
    url=_url,
    client=_client,
    observe=_observe,
    log_lines=_log_lines,
)
