"""The resource types of pulumi-aws that the targets use, as calls of AWS's API.

What forces a replacement is written here by hand, from https://www.pulumi.com/registry/packages/aws/api-docs and the
pages of Terraform's provider, where a property says "Forces new resource". Everything else comes from botocore's
models: a property that they do not have is refused.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import Shape

Props = dict[str, Any]


class Unknown(Exception):
    """A property that AWS does not have."""


@dataclass(frozen=True)
class Call:
    """One call of AWS's API.

    Attributes:
        operation: such as `CreateModel`.
        uses: the properties that it takes.
        renames: members by property, where the names differ by more than case.
        shaped: the properties in the form of the API's members, where the provider's form differs.
    """

    operation: str
    uses: tuple[str, ...]
    renames: Mapping[str, str] = field(default_factory=dict)
    shaped: Callable[[Props], Props] = dict


@dataclass(frozen=True)
class AwsType:
    """One resource type.

    Attributes:
        service: botocore's name.
        create: the calls that make it.
        update: the calls that change it; those whose properties changed are made.
        read: the operation and the path to the resource in its answer.
        delete: the operation.
        identity: the parameters that name it in `read` and `delete`.
        id: its id.
        named: the property that is named automatically where it is left out.
        forces: the properties whose change replaces it; `*` are all but tags.
        computed: its outputs beside its properties: a path in what `read` finds, or a text with properties in it.
        tags: the call that changes them, given the client, the outputs and the tags.
        ignored: properties that concern the provider alone.
        gone: `delete` is left out: nothing of it can be deleted.
    """

    service: str
    create: tuple[Call, ...]
    read: tuple[str, str]
    delete: str
    identity: Callable[[Props], Props]
    id: Callable[[Props], str]
    update: tuple[Call, ...] = ()
    named: str | None = None
    forces: frozenset[str] = frozenset()
    computed: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    lower: bool = False

    @property
    def properties(self) -> set[str]:
        return {name for call in self.create for name in call.uses} | self.ignored


def to_request(value: Any, shape: Shape, where: str, renames: Mapping[str, str] | None = None) -> Any:
    """A property's value as the API takes it; `renames` are of the outermost members.

    Raises:
        Unknown: the API has no such member.
    """
    kind = shape.type_name
    if kind == "structure":
        members = {}
        for name, inner in value.items():
            if inner is None:
                continue
            member = _member(shape, name, where, renames or {})
            members[member] = to_request(inner, shape.members[member], f"{where}.{name}")
        return members
    if kind == "list":
        if isinstance(value, dict):  # tags and dimensions
            key, text = _pair(shape.member)
            return [{key: name, text: inner} for name, inner in sorted(value.items())]
        return [to_request(inner, shape.member, f"{where}[]") for inner in value]
    if kind == "map":
        return {name: to_request(inner, shape.value, where) for name, inner in value.items()}
    if kind in ("integer", "long"):
        return int(float(value))
    if kind in ("float", "double"):
        return float(value)
    return value


def _member(shape: Shape, name: str, where: str, renames: Mapping[str, str]) -> str:
    wanted = renames.get(name, name)
    found = {_plain(member): member for member in shape.members}.get(_plain(wanted))
    if found is None:
        raise Unknown(f"{where}.{name} is nothing that AWS has; there are {', '.join(shape.members)}")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _pair(shape: Shape) -> tuple[str, str]:
    return next(
        (key, key.replace("Key", "Value").replace("key", "value").replace("Name", "Value"))
        for key in ("Key", "key", "TagKey", "Name")
        if key in shape.members
    )


def _named(member: str, prop: str = "name") -> Callable[[Props], Props]:
    return lambda props: {member: props[prop]}


def _text(prop: str = "name") -> Callable[[Props], str]:
    return lambda props: str(props[prop])


# ECR


def _repository(props: Props) -> Props:
    shaped = {key: value for key, value in props.items() if key != "encryptionConfigurations"}
    if props.get("encryptionConfigurations"):
        shaped["encryptionConfiguration"] = props["encryptionConfigurations"][0]
    return shaped


# CloudWatch


def _alarm(props: Props) -> Props:
    shaped = dict(props)
    queries = [dict(query) for query in props.get("metricQueries") or []]
    for query in queries:
        if "metric" in query:
            metric = dict(query.pop("metric"))
            stat = {"period": metric.pop("period"), "stat": metric.pop("stat")}
            query["metricStat"] = {"metric": metric, **stat}
    if queries:
        shaped["metricQueries"] = queries
    return shaped


_ALARM = Call(
    "PutMetricAlarm",
    (
        *(
            "name",
            "alarmDescription",
            "alarmActions",
            "okActions",
            "namespace",
            "metricName",
            "dimensions",
            "statistic",
        ),
        *("extendedStatistic", "period", "evaluationPeriods", "datapointsToAlarm", "threshold", "comparisonOperator"),
        *("treatMissingData", "metricQueries", "tags"),
    ),
    {"name": "AlarmName", "metricQueries": "Metrics", "okActions": "OKActions"},
    _alarm,
)

# Application Auto Scaling


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


# IAM


_ROLE_POLICY = Call(
    "PutRolePolicy",
    ("name", "role", "policy"),
    {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
)

# SageMaker


def _configuration(props: Props) -> Props:
    shaped = {key: value for key, value in props.items() if key != "kmsKeyArn"}
    return {**shaped, "kmsKeyId": props["kmsKeyArn"]} if props.get("kmsKeyArn") else shaped


# SNS


def _topic(props: Props) -> Props:
    names = {"displayName": "DisplayName", "kmsMasterKeyId": "KmsMasterKeyId"}
    attributes = {member: props[name] for name, member in names.items() if props.get(name)}
    return {"name": props["name"], "attributes": attributes, "tags": props.get("tags") or {}}


# S3


def _encryption(props: Props) -> Props:
    rules = [
        {
            "applyServerSideEncryptionByDefault": {
                {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}[name]: value
                for name, value in rule["applyServerSideEncryptionByDefault"].items()
            },
            "bucketKeyEnabled": rule["bucketKeyEnabled"],
        }
        for rule in props["rules"]
    ]
    return {"bucket": props["bucket"], "serverSideEncryptionConfiguration": {"rules": rules}}


def _block(props: Props) -> Props:
    return {
        "bucket": props["bucket"],
        "publicAccessBlockConfiguration": {key: value for key, value in props.items() if key != "bucket"},
    }


def _expiry(props: Props) -> Props:
    return {"bucket": props["bucket"], "lifecycleConfiguration": {"rules": props["rules"]}}


_BUCKET = _named("Bucket", "bucket")
_OF_BUCKET = {"identity": _BUCKET, "id": _text("bucket"), "forces": frozenset({"bucket"})}
ALL = frozenset({"*"})


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]


TYPES: dict[str, AwsType] = {
    "aws:ecr/repository:Repository": AwsType(
        "ecr",
        (
            Call(
                "CreateRepository",
                ("name", "imageTagMutability", "imageScanningConfiguration", "encryptionConfigurations", "tags"),
                {"name": "repositoryName"},
                _repository,
            ),
        ),
        ("DescribeRepositories", "repositories.0"),
        "DeleteRepository",
        lambda props: {"repositoryName": props["name"], "force": props.get("forceDelete", False)},
        _text(),
        forces=frozenset({"name", "encryptionConfigurations"}),
        computed={"arn": "repositoryArn", "repositoryUrl": "repositoryUri", "registryId": "registryId"},
        ignored=frozenset({"forceDelete"}),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": AwsType(
        "ecr",
        (
            Call(
                "PutLifecyclePolicy",
                ("repository", "policy"),
                {"repository": "repositoryName", "policy": "lifecyclePolicyText"},
            ),
        ),
        ("GetLifecyclePolicy", ""),
        "DeleteLifecyclePolicy",
        _named("repositoryName", "repository"),
        _text("repository"),
        forces=frozenset({"repository"}),
        computed={"registryId": "registryId"},
    ),
    "aws:iam/role:Role": AwsType(
        "iam",
        (
            Call(
                "CreateRole",
                ("name", "description", "assumeRolePolicy", "tags"),
                {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            ),
        ),
        ("GetRole", "Role"),
        "DeleteRole",
        _named("RoleName"),
        _text(),
        update=(
            Call("UpdateRole", ("name", "description"), {"name": "RoleName"}),
            Call(
                "UpdateAssumeRolePolicy",
                ("name", "assumeRolePolicy"),
                {"name": "RoleName", "assumeRolePolicy": "PolicyDocument"},
            ),
        ),
        named="name",
        forces=frozenset({"name"}),
        computed={"arn": "Arn", "uniqueId": "RoleId"},
    ),
    "aws:iam/rolePolicy:RolePolicy": AwsType(
        "iam",
        (_ROLE_POLICY,),
        ("GetRolePolicy", ""),
        "DeleteRolePolicy",
        lambda props: {"RoleName": props["role"], "PolicyName": props["name"]},
        lambda props: f"{props['role']}:{props['name']}",
        update=(_ROLE_POLICY,),
        named="name",
        forces=frozenset({"name", "role"}),
    ),
    "aws:cloudwatch/logGroup:LogGroup": AwsType(
        "logs",
        (
            Call("CreateLogGroup", ("name", "kmsKeyId", "tags"), {"name": "logGroupName"}),
            Call("PutRetentionPolicy", ("name", "retentionInDays"), {"name": "logGroupName"}),
        ),
        ("DescribeLogGroups", "logGroups.0"),
        "DeleteLogGroup",
        _named("logGroupName"),
        _text(),
        update=(Call("PutRetentionPolicy", ("name", "retentionInDays"), {"name": "logGroupName"}),),
        forces=frozenset({"name"}),
        computed={"arn": "arn"},
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": AwsType(
        "cloudwatch",
        (_ALARM,),
        ("DescribeAlarms", "MetricAlarms.0"),
        "DeleteAlarms",
        lambda props: {"AlarmNames": [props["name"]]},
        _text(),
        update=(_ALARM,),
        forces=frozenset({"name"}),
        computed={"arn": "AlarmArn"},
    ),
    "aws:cloudwatch/dashboard:Dashboard": AwsType(
        "cloudwatch",
        (Call("PutDashboard", ("dashboardName", "dashboardBody")),),
        ("GetDashboard", ""),
        "DeleteDashboards",
        lambda props: {"DashboardNames": [props["dashboardName"]]},
        _text("dashboardName"),
        update=(Call("PutDashboard", ("dashboardName", "dashboardBody")),),
        forces=frozenset({"dashboardName"}),
        computed={"dashboardArn": "DashboardArn"},
    ),
    "aws:appautoscaling/target:Target": AwsType(
        "application-autoscaling",
        (_TARGET,),
        ("DescribeScalableTargets", "ScalableTargets.0"),
        "DeregisterScalableTarget",
        _scalable,
        _text("resourceId"),
        update=(Call("RegisterScalableTarget", (*_SCALABLE, "minCapacity", "maxCapacity")),),
        forces=frozenset(_SCALABLE),
        computed={"arn": "ScalableTargetARN"},
    ),
    "aws:appautoscaling/policy:Policy": AwsType(
        "application-autoscaling",
        (_POLICY,),
        ("DescribeScalingPolicies", "ScalingPolicies.0"),
        "DeleteScalingPolicy",
        lambda props: {**_scalable(props), "PolicyName": props["name"]},
        _text(),
        update=(_POLICY,),
        forces=frozenset({"name", *_SCALABLE}),
        computed={"arn": "PolicyARN"},
    ),
    "aws:sagemaker/model:Model": AwsType(
        "sagemaker",
        (
            Call(
                "CreateModel",
                ("name", "executionRoleArn", "primaryContainer", "enableNetworkIsolation", "vpcConfig", "tags"),
                {"name": "ModelName"},
            ),
        ),
        ("DescribeModel", ""),
        "DeleteModel",
        _named("ModelName"),
        _text(),
        named="name",
        forces=ALL,
        computed={"arn": "ModelArn"},
    ),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": AwsType(
        "sagemaker",
        (
            Call(
                "CreateEndpointConfig",
                (
                    *("name", "productionVariants", "shadowProductionVariants", "asyncInferenceConfig"),
                    *("dataCaptureConfig", "kmsKeyArn", "tags"),
                ),
                {"name": "EndpointConfigName"},
                _configuration,
            ),
        ),
        ("DescribeEndpointConfig", ""),
        "DeleteEndpointConfig",
        _named("EndpointConfigName"),
        _text(),
        named="name",
        forces=ALL,
        computed={"arn": "EndpointConfigArn"},
    ),
    "aws:sns/topic:Topic": AwsType(
        "sns",
        (Call("CreateTopic", ("name", "displayName", "kmsMasterKeyId", "tags"), {}, _topic),),
        ("GetTopicAttributes", "Attributes"),
        "DeleteTopic",
        _named("TopicArn", "arn"),
        _text("arn"),
        named="name",
        forces=frozenset({"name"}),
        computed={"arn": "TopicArn"},
    ),
    "aws:sns/topicPolicy:TopicPolicy": AwsType(
        "sns",
        (
            Call(
                "SetTopicAttributes",
                ("arn", "policy"),
                {},
                lambda props: {"topicArn": props["arn"], "attributeName": "Policy", "attributeValue": props["policy"]},
            ),
        ),
        ("GetTopicAttributes", "Attributes"),
        "",  # it goes with its topic
        _named("TopicArn", "arn"),
        _text("arn"),
        forces=frozenset({"arn"}),
    ),
    "aws:sns/topicSubscription:TopicSubscription": AwsType(
        "sns",
        (Call("Subscribe", ("topic", "protocol", "endpoint"), {"topic": "TopicArn"}),),
        ("GetSubscriptionAttributes", "Attributes"),
        "Unsubscribe",
        _named("SubscriptionArn", "arn"),
        _text("arn"),
        forces=ALL,
        computed={"arn": "SubscriptionArn"},
    ),
    "aws:s3/bucket:Bucket": AwsType(
        "s3",
        (
            Call(
                "CreateBucket",
                ("bucket",),
                {},
                lambda props: {**props, "createBucketConfiguration": {"locationConstraint": region()}},
            ),
            Call(
                "PutBucketTagging",
                ("bucket", "tags"),
                {},
                lambda props: {"bucket": props["bucket"], "tagging": {"tagSet": props["tags"]}},
            ),
        ),
        ("HeadBucket", ""),
        "DeleteBucket",
        _BUCKET,
        _text("bucket"),
        named="bucket",
        forces=frozenset({"bucket"}),
        computed={"arn": "arn:aws:s3:::{bucket}"},
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": AwsType(
        "s3",
        (Call("PutBucketEncryption", ("bucket", "rules"), {}, _encryption),),
        ("GetBucketEncryption", ""),
        "DeleteBucketEncryption",
        update=(Call("PutBucketEncryption", ("bucket", "rules"), {}, _encryption),),
        **_OF_BUCKET,
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": AwsType(
        "s3",
        (
            Call(
                "PutPublicAccessBlock",
                ("bucket", "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
                {},
                _block,
            ),
        ),
        ("GetPublicAccessBlock", ""),
        "DeletePublicAccessBlock",
        **_OF_BUCKET,
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": AwsType(
        "s3",
        (Call("PutBucketLifecycleConfiguration", ("bucket", "rules"), {}, _expiry),),
        ("GetBucketLifecycleConfiguration", ""),
        "DeleteBucketLifecycle",
        **_OF_BUCKET,
    ),
    "aws:s3/bucketPolicy:BucketPolicy": AwsType(
        "s3",
        (Call("PutBucketPolicy", ("bucket", "policy")),),
        ("GetBucketPolicy", ""),
        "DeleteBucketPolicy",
        update=(Call("PutBucketPolicy", ("bucket", "policy")),),
        **_OF_BUCKET,
    ),
}


def retag(client: Any, kind: AwsType, outputs: Props, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Change the tags of a resource."""
    added = {key: value for key, value in after.items() if before.get(key) != value}
    gone = sorted(before.keys() - after.keys())
    pairs = [{"Key": key, "Value": value} for key, value in sorted(added.items())]
    arn = outputs.get("arn")
    match kind.service:
        case "iam":
            client.tag_role(RoleName=outputs["name"], Tags=pairs)
            client.untag_role(RoleName=outputs["name"], TagKeys=gone)
        case "s3":
            tags = [{"Key": key, "Value": value} for key, value in sorted(after.items())]
            client.put_bucket_tagging(Bucket=outputs["bucket"], Tagging={"TagSet": tags})
        case "ecr":
            client.tag_resource(resourceArn=arn, tags=pairs)
            client.untag_resource(resourceArn=arn, tagKeys=gone)
        case "logs":
            client.tag_resource(resourceArn=arn, tags=added)
            client.untag_resource(resourceArn=arn, tagKeys=gone)
        case "sagemaker":
            client.add_tags(ResourceArn=arn, Tags=pairs)
            client.delete_tags(ResourceArn=arn, TagKeys=gone)
        case "application-autoscaling":
            client.tag_resource(ResourceARN=arn, Tags=added)
            client.untag_resource(ResourceARN=arn, TagKeys=gone)
        case "cloudwatch":
            client.tag_resource(ResourceARN=arn, Tags=pairs)
            client.untag_resource(ResourceARN=arn, TagKeys=gone)
        case "sns":
            client.tag_resource(ResourceArn=arn, Tags=pairs)
            client.untag_resource(ResourceArn=arn, TagKeys=gone)


def as_json(value: Any) -> Any:
    """JSON as its value, so that two spellings of a policy are one."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
