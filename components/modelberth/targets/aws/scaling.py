"""How many replicas there are: a range for each group of them, and what moves the number in it
(https://docs.aws.amazon.com/autoscaling/application/userguide/what-is-application-auto-scaling.html)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place


@dataclass(frozen=True)
class Scalable:
    """What is scaled.

    Attributes:
        namespace: the service's in Application Auto Scaling, such as `sagemaker`.
        resource_id: names the group of replicas.
        dimension: what of it is scaled.
    """

    namespace: str
    resource_id: str
    dimension: str


def declare_range(
    place: Place[Any], child: str, scalable: Scalable, needs: list[pulumi.Resource]
) -> aws.appautoscaling.Target:
    """The range that the declaration gives; `needs` must be there before, since it is named by a text."""
    return aws.appautoscaling.Target(
        child,
        service_namespace=scalable.namespace,
        resource_id=scalable.resource_id,
        scalable_dimension=scalable.dimension,
        min_capacity=place.spec.scaling.min,
        max_capacity=place.spec.scaling.effective_max,
        tags=place.tags(),
        opts=place.opts(depends_on=needs),
    )


def declare_tracking(
    place: Place[Any], child: str, target: aws.appautoscaling.Target, *, name: str, metric: dict[str, Any]
) -> None:
    """A policy that holds a metric at its value.

    Args:
        place: where the endpoint stands.
        child: the policy's logical name.
        target: the range in which it moves the number.
        name: the policy's physical name.
        metric: the target value and the specification of the metric.
    """
    scaling = place.spec.scaling
    configuration = {
        **metric,
        "scale_out_cooldown": scaling.scale_out_cooldown_seconds,
        "scale_in_cooldown": scaling.scale_in_cooldown_seconds,
    }
    declare_policy(
        place,
        child,
        target,
        name=name,
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration=configuration,
    )


def declare_policy(
    place: Place[Any], child: str, target: aws.appautoscaling.Target, **arguments: Any
) -> aws.appautoscaling.Policy:
    """A policy on a range, with the arguments of `aws.appautoscaling.Policy` that are its own."""
    return aws.appautoscaling.Policy(
        child,
        service_namespace=target.service_namespace,
        resource_id=target.resource_id,
        scalable_dimension=target.scalable_dimension,
        opts=place.opts(),
        **arguments,
    )
