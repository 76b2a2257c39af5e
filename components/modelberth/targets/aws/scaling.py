"""How many replicas there are: a range for each group of them, and what moves the number in it
(https://docs.aws.amazon.com/autoscaling/application/userguide/what-is-application-auto-scaling.html)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place

if TYPE_CHECKING:  # asking for a class loads its module, which a program shall do while it waits (loading.py)
    Tracked = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict


@dataclass(frozen=True)
class Scalable:
    """What is scaled.

    Attributes:
        namespace: the service's in Application Auto Scaling, such as `sagemaker`.
        resource_id: names the group of replicas.
        dimension: what of it is scaled.
        least: the least number of replicas.
        most: the greatest number.
    """

    namespace: str
    resource_id: pulumi.Input[str]
    dimension: str
    least: int
    most: int


def declare_range(
    place: Place[Any], child: str, scalable: Scalable, needs: list[pulumi.Resource]
) -> aws.appautoscaling.Target:
    """The range; `needs` must be there before, since what is scaled is named by a text."""
    return aws.appautoscaling.Target(
        child,
        service_namespace=scalable.namespace,
        resource_id=scalable.resource_id,
        scalable_dimension=scalable.dimension,
        min_capacity=scalable.least,
        max_capacity=scalable.most,
        tags=place.tags(),
        opts=place.opts(depends_on=needs),
    )


def declare_tracking(
    place: Place[Any], child: str, target: aws.appautoscaling.Target, *, name: str, metric: Tracked
) -> None:
    """A policy that holds a metric at its value.

    Args:
        place: where the endpoint stands.
        child: the policy's logical name.
        target: the range in which it moves the number.
        name: the policy's physical name.
        metric: what it holds, and at which value.
    """
    scaling = place.spec.scaling
    aws.appautoscaling.Policy(
        child,
        name=name,
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration={
            **metric,
            "scale_out_cooldown": scaling.scale_out_cooldown_seconds,
            "scale_in_cooldown": scaling.scale_in_cooldown_seconds,
        },
        opts=place.opts(),
        **on_range(target),
    )


class OnRange(TypedDict):
    """The arguments of a policy that name its range."""

    service_namespace: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    scalable_dimension: pulumi.Output[str]


def on_range(target: aws.appautoscaling.Target) -> OnRange:
    """What makes a policy one of this range."""
    return {
        "service_namespace": target.service_namespace,
        "resource_id": target.resource_id,
        "scalable_dimension": target.scalable_dimension,
    }
