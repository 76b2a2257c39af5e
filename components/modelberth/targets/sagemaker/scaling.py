"""How many instances each variant has: a range, and what moves the number in it."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.sagemaker.place import Place
from modelberth_platform.spec.instances import InstanceType

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
CPU_PERCENT, BACKLOG = 70, 5
_PREDEFINED = {
    "requests_per_minute": "SageMakerVariantInvocationsPerInstance",
    "concurrency": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}


def declare_scaling(place: Place, endpoint: pulumi.Resource) -> None:
    """A scalable target for each variant on instances, with a policy where there is something to choose.

    There is a target for a fixed number too: the number then changes without a new endpoint configuration.
    """
    if place.spec.kind == "serverless":
        return
    for variant in place.variants:
        target = _target(place, variant, endpoint)
        if place.spec.scaling.effective_max > place.spec.scaling.min:
            _policy(place, variant, target)
            if place.spec.scaling.min == 0:
                _from_zero(place, variant, target)


def _target(place: Place, variant: str, endpoint: pulumi.Resource) -> aws.appautoscaling.Target:
    scaling = place.spec.scaling
    return aws.appautoscaling.Target(
        place.child("scaling-target", variant),
        service_namespace="sagemaker",
        resource_id=f"endpoint/{place.endpoint_name}/variant/{variant}",
        scalable_dimension=DIMENSION,
        min_capacity=scaling.min,
        max_capacity=scaling.effective_max,
        tags=place.tags(),
        opts=place.opts(depends_on=[endpoint]),  # named by string, but it must be there
    )


def _policy(place: Place, variant: str, target: aws.appautoscaling.Target) -> None:
    scaling = place.spec.scaling
    configuration = {
        **_metric(place, variant),
        "scale_out_cooldown": scaling.scale_out_cooldown_seconds,
        "scale_in_cooldown": scaling.scale_in_cooldown_seconds,
    }
    _on(
        target,
        place.child("scaling-policy", variant),
        name=f"{place.endpoint_name}-{variant}",
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration=configuration,
        opts=place.opts(),
    )


def _on(target: aws.appautoscaling.Target, child: str, **arguments: Any) -> aws.appautoscaling.Policy:
    """A policy on a scalable target."""
    return aws.appautoscaling.Policy(
        child,
        service_namespace=target.service_namespace,
        resource_id=target.resource_id,
        scalable_dimension=target.scalable_dimension,
        **arguments,
    )


def _metric(place: Place, variant: str) -> dict[str, Any]:
    scaling = place.spec.scaling
    match place.spec.effective_metric:
        case "cpu_percent":
            # SageMaker adds the percentages of all vCPUs up:
            # https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
            instances = InstanceType(place.spec.instances_of(variant) or "")
            percent = scaling.target or CPU_PERCENT
            metric = _custom(place, variant, "/aws/sagemaker/Endpoints", "CPUUtilization")
            return {"target_value": percent * (instances.vcpus or 1), "customized_metric_specification": metric}
        case "backlog":
            # https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
            metric = _custom(place, None, "AWS/SageMaker", "ApproximateBacklogSizePerInstance")
            return {"target_value": scaling.target or BACKLOG, "customized_metric_specification": metric}
        case name:
            predefined = {"predefined_metric_type": _PREDEFINED[name]}
            return {"target_value": scaling.target, "predefined_metric_specification": predefined}


def _custom(place: Place, variant: str | None, namespace: str, metric: str) -> dict[str, Any]:
    dimensions = [{"name": "EndpointName", "value": place.endpoint_name}]
    if variant is not None:
        dimensions.append({"name": "VariantName", "value": variant})
    return {"namespace": namespace, "metric_name": metric, "statistic": "Average", "dimensions": dimensions}


def _from_zero(place: Place, variant: str, target: aws.appautoscaling.Target) -> None:
    """A backlog per instance says nothing without an instance: the first one comes when anything is queued
    (https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html)."""
    policy = _on(
        target,
        place.child("scaling-from-zero", variant),
        name=f"{place.endpoint_name}-{variant}-from-zero",
        policy_type="StepScaling",
        step_scaling_policy_configuration={
            "adjustment_type": "ChangeInCapacity",
            "metric_aggregation_type": "Average",
            "cooldown": place.spec.scaling.scale_out_cooldown_seconds,
            "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
        },
        opts=place.opts(),
    )
    aws.cloudwatch.MetricAlarm(
        place.child("scaling-from-zero-alarm", variant),
        name=f"{place.endpoint_name}-{variant}-backlog-without-instance",
        alarm_description=f"requests are queued for {place.endpoint_name} and no instance runs; starts one",
        namespace="AWS/SageMaker",
        metric_name="HasBacklogWithoutCapacity",
        dimensions={"EndpointName": place.endpoint_name},
        statistic="Average",
        period=60,
        evaluation_periods=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="missing",
        alarm_actions=[policy.arn],
        tags=place.tags(),
        opts=place.opts(),
    )
