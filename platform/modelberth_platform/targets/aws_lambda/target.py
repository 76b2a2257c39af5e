"""The record of the target `aws_lambda`: a function on AWS Lambda behind API Gateway or its own URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from modelberth_platform.aws import formats
from modelberth_platform.aws.machine import machine_checks
from modelberth_platform.targets.aws_lambda.limits import limits
from modelberth_platform.targets.aws_lambda.names import LOGS, endpoint_name
from modelberth_platform.targets.aws_lambda.words import update_in_words
from modelberth_platform.targets.support import Refusal, Support
from modelberth_platform.targets.target import Target

if TYPE_CHECKING:
    from modelberth_platform.checks import Check
    from modelberth_platform.client.access import Token
    from modelberth_platform.client.base import Client
    from modelberth_platform.planned import PlannedEndpoint
    from modelberth_platform.targets.observed import Observed
    from modelberth_platform.targets.served import ServedEndpoint


def _url(endpoint: ServedEndpoint) -> str:
    return f"{endpoint.served['base_url']}/invocations"


def _client(name_or_url: str, timeout_seconds: float, token: Token | None) -> Client | None:
    hostname = urlsplit(name_or_url).hostname or ""
    if ".execute-api." not in hostname and ".lambda-url." not in hostname:
        return None
    from modelberth_platform.targets.aws_lambda.client import lambda_client

    return lambda_client(name_or_url, timeout_seconds, token)


def _observe(endpoint: ServedEndpoint) -> Observed:
    from modelberth_platform.targets.aws_lambda.observe import observed

    return observed(endpoint)


def _log_lines(endpoint: ServedEndpoint, last: int, follow: bool) -> Iterator[str]:
    from modelberth_platform.aws.logs import endpoint_log_lines

    return endpoint_log_lines(LOGS, endpoint.served, endpoint.config, last, follow)


def _quotas(name: str, recorded: Mapping[str, Any], config: Mapping[str, Any]) -> list[Check]:
    from modelberth_platform.targets.aws_lambda.quotas import checks

    return checks(name, recorded, config)


def _permissions(endpoint: PlannedEndpoint, config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    from modelberth_platform.targets.aws_lambda.permissions import permissions

    return permissions(endpoint, config)


TARGET = Target(
    name="aws_lambda",
    title="AWS Lambda",
    cloud="aws",
    component="SelfHostedEndpoint",
    runtime="lambda",
    extra="aws",
    last_child="modelberth:LambdaRelease",
    support=Support(
        honoured=frozenset(
            {"image", "scaling", "rollout", "access", "callers", "alarms", "network", "dashboard", "role", "key"}
            | {"platform", "runtime", "memory_mb", "concurrency", "provisioned", "throttle", "cors"}
        ),
        refused={
            "cpu": Refusal("Lambda gives a function CPU with its memory", "give memory_mb=, 1769 for each virtual CPU"),
            "bucket": Refusal("a function stores nothing", "leave it out"),
            "scaling.min": Refusal(
                "a function has no replica while nobody calls", "give provisioned=, the number that is kept warm"
            ),
            "rollout.termination_wait_seconds": Refusal(
                "an old version costs nothing and ends by itself", "give rollout.keep_previous="
            ),
            "alarms.overhead_p99_seconds": Refusal(
                "Lambda reports no time of its own", "give alarms.latency_p99_seconds="
            ),
        },
    ),
    formats={
        "endpoint_name": endpoint_name,
        "callers.*": formats.caller,
        "secrets.*": formats.secret_reference,
        "key": formats.key_arn,
    },
    limits=limits,
    words=update_in_words,
    url=_url,
    client=_client,
    observe=_observe,
    log_lines=_log_lines,
    quotas=_quotas,
    permissions=_permissions,
    machine_checks=machine_checks,
)
