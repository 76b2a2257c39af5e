"""The resource types of pulumi-aws that the targets use, as calls of AWS's API.

What forces a replacement is written here by hand, from https://www.pulumi.com/registry/packages/aws/api-docs and the
pages of Terraform's provider, where a property says "Forces new resource". Everything else comes from botocore's
models: a property that they do not have is refused.
"""

from __future__ import annotations

import os

from aws_calls import AwsType, Call, Props, named_by, text_of

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


def _endpoint(props: Props) -> Props:
    """The properties of its creation, without the deployment configuration, which only updates have."""
    return {key: value for key, value in props.items() if key != "deploymentConfig"}


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


_BUCKET = named_by("Bucket", "bucket")
_OF_BUCKET = {"identity": _BUCKET, "id": text_of("bucket"), "forces": frozenset({"bucket"})}
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
        text_of(),
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
        named_by("repositoryName", "repository"),
        text_of("repository"),
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
        named_by("RoleName"),
        text_of(),
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
        named_by("logGroupName"),
        text_of(),
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
        text_of(),
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
        text_of("dashboardName"),
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
        text_of("resourceId"),
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
        text_of(),
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
        named_by("ModelName"),
        text_of(),
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
        named_by("EndpointConfigName"),
        text_of(),
        named="name",
        forces=ALL,
        computed={"arn": "EndpointConfigArn"},
    ),
    "aws:sagemaker/endpoint:Endpoint": AwsType(  # benchmarks preview it; the target has a resource of its own instead
        "sagemaker",
        (
            Call(
                "CreateEndpoint",
                ("name", "endpointConfigName", "deploymentConfig", "tags"),
                {"name": "EndpointName"},
                _endpoint,
            ),
        ),
        ("DescribeEndpoint", ""),
        "DeleteEndpoint",
        named_by("EndpointName"),
        text_of(),
        forces=frozenset({"name"}),
        computed={"arn": "EndpointArn"},
    ),
    "aws:sns/topic:Topic": AwsType(
        "sns",
        (Call("CreateTopic", ("name", "displayName", "kmsMasterKeyId", "tags"), {}, _topic),),
        ("GetTopicAttributes", "Attributes"),
        "DeleteTopic",
        named_by("TopicArn", "arn"),
        text_of("arn"),
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
        named_by("TopicArn", "arn"),
        text_of("arn"),
        forces=frozenset({"arn"}),
    ),
    "aws:sns/topicSubscription:TopicSubscription": AwsType(
        "sns",
        (Call("Subscribe", ("topic", "protocol", "endpoint"), {"topic": "TopicArn"}),),
        ("GetSubscriptionAttributes", "Attributes"),
        "Unsubscribe",
        named_by("SubscriptionArn", "arn"),
        text_of("arn"),
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
        text_of("bucket"),
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
