"""Replicas that are kept warm
(https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html)."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.scaling import Scalable, declare_range, declare_tracking
from modelberth.targets.aws_lambda.function import Function
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth_platform.targets.aws_lambda.names import ALIAS

BUSY = 0.7
"""The share of the warm replicas that is busy, where the declaration names none."""


def declare_provisioned(place: LambdaPlace, function: Function, release: pulumi.Resource) -> None:
    """Keep replicas of what the alias points to warm, a fixed number, or a range that follows the load."""
    warm, scaling = place.spec.provisioned, place.spec.scaling
    if not warm:
        return
    ranged = scaling.max is not None
    provisioned = aws.lambda_.ProvisionedConcurrencyConfig(
        place.child("provisioned"),
        function_name=function.name,
        qualifier=function.alias.name,
        provisioned_concurrent_executions=warm,
        opts=place.opts(
            # Lambda changes it of no alias that stands between two versions.
            depends_on=[release],
            # Autoscaling owns the number once it is there.
            ignore_changes=["provisionedConcurrentExecutions"] if ranged else None,
        ),
    )
    if not ranged:
        return
    scalable = Scalable(
        namespace="lambda",
        resource_id=pulumi.Output.concat("function:", function.name, f":{ALIAS}"),
        dimension="lambda:function:ProvisionedConcurrency",
        least=warm,
        most=scaling.effective_max,
    )
    target = declare_range(place, place.child("scaling-target"), scalable, needs=[provisioned])
    declare_tracking(
        place,
        place.child("scaling-policy"),
        target,
        name=place.endpoint_name,
        metric={
            "target_value": scaling.target or BUSY,
            "predefined_metric_specification": {"predefined_metric_type": "LambdaProvisionedConcurrencyUtilization"},
        },
    )
