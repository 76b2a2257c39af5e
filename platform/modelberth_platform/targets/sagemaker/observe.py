"""What SageMaker and CloudWatch say of an endpoint that serves: its state, its alarms, its traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelberth_platform.aws.alarms import ALARM, ringing
from modelberth_platform.aws.errors import in_words
from modelberth_platform.aws.metrics import last_hour
from modelberth_platform.aws.session import client, provider_settings, session
from modelberth_platform.targets.observed import Observed
from modelberth_platform.targets.sagemaker.rollout import described
from modelberth_platform.targets.served import ServedEndpoint


def observed(endpoint: ServedEndpoint) -> Observed:
    """Look at an endpoint of a stack.

    Raises:
        AwsError: AWS cannot be asked.
    """
    name, region = str(endpoint.served["name"]), str(endpoint.served["region"])
    opened = session(region, provider_settings(endpoint.config))
    with in_words(name):
        live = described(client(opened, "sagemaker"), name)
        if live is None:
            return Observed(status="gone", well=False, current=False)
        cloudwatch = client(opened, "cloudwatch")
        rings = ringing(cloudwatch, (alarm["name"] for alarm in endpoint.children.get(ALARM, [])))
        traffic = _traffic(cloudwatch, name, [variant["VariantName"] for variant in live["ProductionVariants"]])
    fleets = [variant for variant in live["ProductionVariants"] if "CurrentInstanceCount" in variant]
    return Observed(
        status=live["EndpointStatus"],
        well=live["EndpointStatus"] == "InService" and not rings,
        current=_current(endpoint, live),
        reason=live.get("FailureReason"),
        instances=sum(fleet["CurrentInstanceCount"] for fleet in fleets) if fleets else None,
        wanted=sum(fleet.get("DesiredInstanceCount", 0) for fleet in fleets) if fleets else None,
        ringing=tuple(rings),
        **traffic,
    )


def _current(endpoint: ServedEndpoint, live: Mapping[str, Any]) -> bool:
    """Whether it serves what the last update wanted, which an update that went back does not."""
    on_its_config = live["EndpointConfigName"] == endpoint.served["config"]
    return bool(on_its_config and endpoint.bundle["digest"] == endpoint.wanted)


def _traffic(cloudwatch: Any, endpoint: str, variants: list[str]) -> dict[str, Any]:
    """The requests and errors of the last hour, of all variants, and the percentiles of the slowest variant."""
    values = last_hour(
        cloudwatch,
        "AWS/SageMaker",
        [{"EndpointName": endpoint, "VariantName": variant} for variant in variants],
        {
            "requests": ("Invocations", "Sum"),
            "errors": ("Invocation5XXErrors", "Sum"),
            "median": ("ModelLatency", "p50"),
            "slowest": ("ModelLatency", "p99"),
        },
    )
    seconds = {key: max(values[key]) / 1_000_000 if values[key] else None for key in ("median", "slowest")}
    return {
        "requests": int(sum(values["requests"])),
        "errors": int(sum(values["errors"])),
        "p50_seconds": seconds["median"],
        "p99_seconds": seconds["slowest"],
    }
