"""How many instances each variant has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.scaling import Scalable, declare_range, declare_tracking, on_range
from modelberth.targets.sagemaker.place import SageMakerPlace
from modelberth_platform.targets.sagemaker.instances import InstanceType

if TYPE_CHECKING:
    from modelberth.targets.aws.scaling import Tracked

    Custom = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgsDict

CPU_PERCENT, BACKLOG = 70, 5
_PREDEFINED = {
    "requests_per_minute": "SageMakerVariantInvocationsPerInstance",
    "concurrency": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}


def declare_scaling(place: SageMakerPlace, endpoint: pulumi.Resource) -> None:
    """A range for each variant on instances, with a policy where there is something to choose.

    There is a range for a fixed number too: the number then changes without a new endpoint configuration.
    """
    if place.spec.kind == "serverless":
        return
    for variant in place.variants:
        scalable = Scalable(
            namespace="sagemaker",
            resource_id=f"endpoint/{place.endpoint_name}/variant/{variant}",
            dimension="sagemaker:variant:DesiredInstanceCount",
            least=place.spec.scaling.min,
            most=place.spec.scaling.effective_max,
        )
        target = declare_range(place, place.child("scaling-target", variant), scalable, needs=[endpoint])
        if place.spec.scaling.effective_max > place.spec.scaling.min:
            name, metric = f"{place.endpoint_name}-{variant}", _metric(place, variant)
            declare_tracking(place, place.child("scaling-policy", variant), target, name=name, metric=metric)
            if place.spec.scaling.min == 0:
                _from_zero(place, variant, target)


def _metric(place: SageMakerPlace, variant: str) -> Tracked:
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
            assert scaling.target is not None  # noqa: S101 - the limits require it
            predefined = _PREDEFINED[name]
            return {
                "target_value": scaling.target,
                "predefined_metric_specification": {"predefined_metric_type": predefined},
            }


def _custom(place: SageMakerPlace, variant: str | None, namespace: str, metric: str) -> Custom:
    dimensions = {"EndpointName": place.endpoint_name, **({"VariantName": variant} if variant is not None else {})}
    return {
        "namespace": namespace,
        "metric_name": metric,
        "statistic": "Average",
        "dimensions": [{"name": name, "value": value} for name, value in dimensions.items()],
    }


def _from_zero(place: SageMakerPlace, variant: str, target: aws.appautoscaling.Target) -> None:
    """A backlog per instance says nothing without an instance: the first one comes when anything is queued
    (https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html)."""
    policy = aws.appautoscaling.Policy(
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
        **on_range(target),
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
