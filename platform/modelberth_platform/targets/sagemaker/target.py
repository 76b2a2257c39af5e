"""The record of the target `sagemaker`: a managed endpoint on Amazon SageMaker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from modelberth_platform.aws import formats
from modelberth_platform.aws.machine import machine_checks
from modelberth_platform.errors import UserError
from modelberth_platform.targets.sagemaker.instances import instance_type
from modelberth_platform.targets.sagemaker.limits import limits
from modelberth_platform.targets.sagemaker.names import LOGS, endpoint_name, invocation_url
from modelberth_platform.targets.sagemaker.words import update_in_words
from modelberth_platform.targets.support import Support
from modelberth_platform.targets.target import Target

if TYPE_CHECKING:
    from modelberth_platform.checks import Check
    from modelberth_platform.client.access import Token
    from modelberth_platform.client.base import Client
    from modelberth_platform.planned import PlannedEndpoint
    from modelberth_platform.targets.observed import Observed
    from modelberth_platform.targets.served import ServedEndpoint


def _url(endpoint: ServedEndpoint) -> str:
    served = endpoint.served
    return invocation_url(served["name"], served["region"], served["arn"], served["kind"])


def _client(name_or_url: str, timeout_seconds: float, token: Token | None) -> Client | None:
    if not (urlsplit(name_or_url).hostname or "").startswith("runtime.sagemaker."):
        return None
    if token is not None:
        raise UserError("SageMaker takes no token, but requests that are signed with AWS credentials; leave token= out")
    from modelberth_platform.targets.sagemaker.client import sagemaker_client

    return sagemaker_client(name_or_url, timeout_seconds)


def _observe(endpoint: ServedEndpoint) -> Observed:
    from modelberth_platform.targets.sagemaker.observe import observed

    return observed(endpoint)


def _log_lines(endpoint: ServedEndpoint, last: int, follow: bool) -> Iterator[str]:
    from modelberth_platform.aws.logs import endpoint_log_lines

    return endpoint_log_lines(LOGS, endpoint.served, endpoint.config, last, follow)


def _quotas(name: str, recorded: Mapping[str, Any], config: Mapping[str, Any]) -> list[Check]:
    from modelberth_platform.targets.sagemaker.quotas import checks

    return checks(name, recorded, config)


def _permissions(endpoint: PlannedEndpoint, config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    from modelberth_platform.targets.sagemaker.permissions import permissions

    return permissions(endpoint, config)


TARGET = Target(
    name="sagemaker",
    title="Amazon SageMaker",
    cloud="aws",
    component="ManagedEndpoint",
    extra="aws",
    last_child="modelberth:SageMakerEndpoint",
    support=Support(
        honoured=frozenset(
            {"image", "scaling", "rollout", "access", "callers", "alarms", "network", "dashboard", "role", "bucket"}
            | {"key", "instance_type", "serverless", "asynchronous", "variants", "shadow", "capture"}
            | {"start_timeout_seconds", "volume_gb", "platform"}
        )
    ),
    formats={
        "endpoint_name": endpoint_name,
        "callers.*": formats.caller,
        "secrets.*": formats.secret_reference,
        "instance_type": instance_type,
        "asynchronous.instance_type": instance_type,
        "asynchronous.output": formats.s3_prefix,
        "asynchronous.failure": formats.s3_prefix,
        "capture.destination": formats.s3_prefix,
        "shadow.instance_type": instance_type,
        "variants.*.instance_type": instance_type,
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
