"""Creating and updating an endpoint, and waiting until SageMaker says how it ended."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import tenacity

from modelberth_platform.aws.alarms import ringing
from modelberth_platform.aws.errors import AwsError
from modelberth_platform.aws.tags import tag_list
from modelberth_platform.targets.sagemaker.names import LOGS

ON_THE_WAY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
"""States that end by themselves."""
GRACE_SECONDS = 3600
"""For what an update does beside waiting for alarms: starting instances, loading images."""
FIRST_POLL_SECONDS, POLL_SECONDS = 0.2, 15.0


def described(sagemaker: Any, name: str) -> dict[str, Any] | None:
    """What SageMaker says of the endpoint, or None where there is none."""
    from botocore.exceptions import ClientError

    try:
        return dict(sagemaker.describe_endpoint(EndpointName=name))
    except ClientError as error:
        if "Could not find" in error.response["Error"].get("Message", ""):
            return None
        raise


def settled(sagemaker: Any, name: str, seconds: float = GRACE_SECONDS) -> dict[str, Any] | None:
    """The endpoint's description once nothing is under way any more; None where there is none.

    Raises:
        AwsError: it is still under way after `seconds`.
    """
    started = time.monotonic()
    waiting = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda live: live is not None and live["EndpointStatus"] in ON_THE_WAY),
        wait=tenacity.wait_exponential(multiplier=FIRST_POLL_SECONDS, max=POLL_SECONDS),
        stop=tenacity.stop_after_delay(seconds),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    live = waiting(described, sagemaker, name)
    if live is not None and live["EndpointStatus"] in ON_THE_WAY:
        minutes = (time.monotonic() - started) / 60
        raise AwsError(
            f"the endpoint {name} is still {live['EndpointStatus']} after {minutes:.0f} minutes; SageMaker goes on "
            "with it: look again with modelberth status, then run pulumi up"
        )
    return live


def created(sagemaker: Any, name: str, config: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """Create the endpoint and wait until it is in service.

    Raises:
        AwsError: it did not get there; what is left of it is deleted.
    """
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tag_list(tags))
    live = settled(sagemaker, name)
    if live is None or live["EndpointStatus"] != "InService":
        reason = (live or {}).get("FailureReason") or "SageMaker gives no reason"
        if live is not None:
            deleted(sagemaker, name)
        raise AwsError(f"the endpoint {name} did not come into service: {reason}\n{_advice(name)}")
    return live


def updated(
    sagemaker: Any,
    cloudwatch: Any,
    name: str,
    config: str,
    *,
    deployment: Mapping[str, Any] | None,
    retain: bool,
    excluded: Sequence[str] = (),
) -> dict[str, Any]:
    """Move the endpoint to another configuration, and wait until it serves it.

    Args:
        sagemaker: client.
        cloudwatch: client.
        name: of the endpoint, which is settled.
        config: the wanted endpoint configuration.
        deployment: SageMaker's `DeploymentConfig`; None where the endpoint has no fleet.
        retain: keep what autoscaling has set since the configuration was made.
        excluded: the variant properties that come from the configuration nevertheless.

    Raises:
        AwsError: SageMaker refused it, or went back to what was in service, with its reason.
    """
    request: dict[str, Any] = {"EndpointName": name, "EndpointConfigName": config}
    if deployment is not None:
        request["DeploymentConfig"] = _judged_by_quiet_alarms(cloudwatch, deployment)
    if retain:
        request["RetainAllVariantProperties"] = True
        request["ExcludeRetainedVariantProperties"] = [{"VariantPropertyType": kind} for kind in excluded]
    sagemaker.update_endpoint(**request)
    live = settled(sagemaker, name, _longest(deployment))
    if live is not None and live["EndpointStatus"] == "InService" and live["EndpointConfigName"] == config:
        return live
    raise AwsError(_why_not(cloudwatch, name, config, live, deployment))


def deleted(sagemaker: Any, name: str) -> None:
    """Delete the endpoint and wait until it is gone; one that is gone already is fine."""
    if settled(sagemaker, name) is None:
        return
    sagemaker.delete_endpoint(EndpointName=name)
    settled(sagemaker, name)


def alarm_names(deployment: Mapping[str, Any] | None) -> list[str]:
    """The alarms that a `DeploymentConfig` watches."""
    watched = (deployment or {}).get("AutoRollbackConfiguration", {}).get("Alarms", [])
    return [alarm["AlarmName"] for alarm in watched]


def _judged_by_quiet_alarms(cloudwatch: Any, deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The deployment without the alarms that ring already: they judge what is in service, and would refuse its cure."""
    rings = ringing(cloudwatch, alarm_names(deployment))
    quiet = [name for name in alarm_names(deployment) if name not in rings]
    kept = {key: value for key, value in deployment.items() if key != "AutoRollbackConfiguration"}
    if quiet:
        kept["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in quiet]}
    return kept


def _longest(deployment: Mapping[str, Any] | None) -> float:
    """Seconds until SageMaker itself gives up, and some."""
    policies = [policy for key, policy in (deployment or {}).items() if key.endswith("UpdatePolicy")]
    return float(GRACE_SECONDS + sum(policy.get("MaximumExecutionTimeoutInSeconds", 0) for policy in policies))


def _why_not(
    cloudwatch: Any, name: str, config: str, live: Mapping[str, Any] | None, deployment: Mapping[str, Any] | None
) -> str:
    if live is None:
        return f"the endpoint {name} was deleted by somebody else while it was updated; run pulumi refresh, then up"
    reason = live.get("FailureReason") or "SageMaker gives no reason"
    rings = ringing(cloudwatch, alarm_names(deployment))
    alarms = f"\nalarms that ring: {', '.join(rings)}" if rings else ""
    if live["EndpointStatus"] == "InService":
        outcome = f"SageMaker went back to {live['EndpointConfigName']}, which is in service, instead of {config}"
    else:
        outcome = f"the endpoint is {live['EndpointStatus']} on {live['EndpointConfigName']}"
    return f"the update of the endpoint {name} failed: {outcome}.\nreason: {reason}{alarms}\n{_advice(name)}"


def _advice(name: str) -> str:
    return (
        f"The container's log: aws logs tail {LOGS}{name} --since 1h\n"
        "Then mend the release, or pin the earlier one again, and run pulumi up."
    )
