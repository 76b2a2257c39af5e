"""What Lambda and CloudWatch say of an endpoint that serves: its state, its alarms, its traffic
(https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelberth_platform.aws.alarms import ALARM, ringing
from modelberth_platform.aws.errors import in_words
from modelberth_platform.aws.metrics import last_hour
from modelberth_platform.aws.session import client, provider_settings, session
from modelberth_platform.targets.aws_lambda.alias import Alias
from modelberth_platform.targets.observed import Observed
from modelberth_platform.targets.served import ServedEndpoint


def observed(endpoint: ServedEndpoint) -> Observed:
    """Look at an endpoint of a stack.

    Raises:
        AwsError: AWS cannot be asked.
    """
    served = endpoint.served
    function, name = str(served["function"]), str(served["alias"])
    opened = session(str(served["region"]), provider_settings(endpoint.config))
    lambda_ = client(opened, "lambda")
    with in_words(function):
        alias = Alias.found(lambda_, function, name)
        if alias is None:
            return Observed(status="gone", well=False, current=False)
        live = lambda_.get_function_configuration(FunctionName=function, Qualifier=name)
        cloudwatch = client(opened, "cloudwatch")
        rings = ringing(cloudwatch, (alarm["name"] for alarm in endpoint.children.get(ALARM, [])))
        traffic = _traffic(cloudwatch, function, name, served["front"])
    return Observed(
        status="Moving" if alias.weights else str(live["State"]),
        well=live["State"] in ("Active", "Inactive") and not rings,
        current=alias.version == served["version"] and endpoint.bundle["digest"] == endpoint.wanted,
        reason=live.get("StateReason"),
        ringing=tuple(rings),
        **traffic,
    )


def _traffic(cloudwatch: Any, function: str, alias: str, front: Mapping[str, Any]) -> dict[str, Any]:
    """The requests of the last hour, as the front counts them, and how long they took the model."""
    answered = {"requests": (front["called"], "Sum"), "errors": (front["failed"], "Sum")}
    counts = last_hour(cloudwatch, front["namespace"], [front["dimensions"]], answered)
    dimensions = {"FunctionName": function, "Resource": f"{function}:{alias}"}
    durations = last_hour(
        cloudwatch, "AWS/Lambda", [dimensions], {"median": ("Duration", "p50"), "slowest": ("Duration", "p99")}
    )
    seconds = {key: max(durations[key]) / 1000 if durations[key] else None for key in ("median", "slowest")}
    return {
        "requests": int(sum(counts["requests"])),
        "errors": int(sum(counts["errors"])),
        "p50_seconds": seconds["median"],
        "p99_seconds": seconds["slowest"],
    }
