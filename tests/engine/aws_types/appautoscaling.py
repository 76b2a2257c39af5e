"""The resource types of pulumi-aws that scale: Application Auto Scaling, of any service."""

from __future__ import annotations

from aws_calls import AwsType, Call, Props, text_of

_SCALABLE = ("serviceNamespace", "resourceId", "scalableDimension")


_TARGET = Call("RegisterScalableTarget", (*_SCALABLE, "minCapacity", "maxCapacity", "tags"))


_POLICY = Call(
    "PutScalingPolicy",
    (
        *_SCALABLE,
        *("name", "policyType", "targetTrackingScalingPolicyConfiguration", "stepScalingPolicyConfiguration"),
    ),
    {"name": "PolicyName"},
)


def _scalable(props: Props) -> Props:
    return {name[0].upper() + name[1:]: props[name] for name in _SCALABLE}


def _in_lists(props: Props) -> Props:
    named = _scalable(props)
    resource = named.pop("ResourceId")
    return {**named, "ResourceIds": [resource]}


TYPES: dict[str, AwsType] = {
    "aws:appautoscaling/target:Target": AwsType(
        "application-autoscaling",
        (_TARGET,),
        ("DescribeScalableTargets", "ScalableTargets.0"),
        "DeregisterScalableTarget",
        _scalable,
        text_of("resourceId"),
        update=(Call("RegisterScalableTarget", (*_SCALABLE, "minCapacity", "maxCapacity")),),
        forces=frozenset(_SCALABLE),
        computed={"arn": "ScalableTargetARN"},
        sought=_in_lists,
    ),
    "aws:appautoscaling/policy:Policy": AwsType(
        "application-autoscaling",
        (_POLICY,),
        ("DescribeScalingPolicies", "ScalingPolicies.0"),
        "DeleteScalingPolicy",
        lambda props: {**_scalable(props), "PolicyName": props["name"]},
        text_of(),
        update=(_POLICY,),
        forces=frozenset({"name", *_SCALABLE}),
        computed={"arn": "PolicyARN"},
        sought=lambda props: {**_scalable(props), "PolicyNames": [props["name"]]},
    ),
}
