"""The endpoint, and how an update replaces what it serves."""

from __future__ import annotations

import math
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.alarms import Alarms
from modelberth.targets.aws.images import Images
from modelberth.targets.sagemaker.place import SageMakerPlace
from modelberth.targets.sagemaker.variants import weights
from modelberth_platform.targets.sagemaker.limits import DEPLOYMENT_SECONDS
from modelberth_platform.targets.sagemaker.resources import SageMakerEndpoint

STARTING_SECONDS = 3600
"""For instances to come and images to load, beside the waiting that a rollout asks for."""


def declare_endpoint(
    place: SageMakerPlace,
    images: Images,
    config: aws.sagemaker.EndpointConfiguration,
    alarms: Alarms,
    needs: list[pulumi.Resource],
) -> SageMakerEndpoint:
    """Declare the endpoint; its inputs carry the bundle's facts, since it is the last child that a release changes."""
    declaration = place.declaration
    return SageMakerEndpoint(
        place.child("endpoint"),
        {
            "name": place.endpoint_name,
            "region": place.region,
            "kind": place.spec.kind,
            "config": config.name,
            "prefix": f"{declaration.name}-",
            "repository": images.repository,
            "deployment": deployment(place, alarms.rollback),
            "weights": weights(place),
            "keep_previous": place.spec.effective_rollout.keep_previous,
            "release": images.release,
            "bundle": declaration.facts.recorded() if declaration.facts else None,
            "tags": place.release_tags("main", images.release),
        },
        # SageMaker watches the alarms by their names, and would make a log group of its own.
        place.opts(depends_on=[*alarms.resources, *needs]),
    )


def deployment(place: SageMakerPlace, alarms: list[str]) -> dict[str, Any] | None:
    """SageMaker's `DeploymentConfig`; None for a serverless endpoint, which has no fleet
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html)."""
    if place.spec.kind == "serverless":
        return None
    watched = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {**_policy(place), **watched}


def _policy(place: SageMakerPlace) -> dict[str, Any]:
    rollout = place.spec.effective_rollout
    bake, size = rollout.effective_bake_seconds, _capacity(rollout.effective_percent)
    wait = 120 if rollout.termination_wait_seconds is None else rollout.termination_wait_seconds
    if rollout.strategy == "rolling":
        return {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": size,
                "WaitIntervalInSeconds": bake,
                "MaximumExecutionTimeoutInSeconds": _longest(bake * _steps(rollout.effective_percent)),
            }
        }
    routing: dict[str, Any] = {"WaitIntervalInSeconds": bake}
    waits = bake + wait
    match rollout.strategy:
        case "canary":
            routing |= {"Type": "CANARY", "CanarySize": size}
        case "linear":
            routing |= {"Type": "LINEAR", "LinearStepSize": size}
            waits = bake * _steps(rollout.effective_percent) + wait
        case _:
            routing |= {"Type": "ALL_AT_ONCE"}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": wait,
            "MaximumExecutionTimeoutInSeconds": _longest(waits),
        }
    }


def _capacity(percent: float) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": int(percent)}


def _steps(percent: float) -> int:
    return math.ceil(100 / percent)


def _longest(waits: int) -> int:
    return min(waits + STARTING_SECONDS, DEPLOYMENT_SECONDS)
