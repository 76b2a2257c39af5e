"""What whoever deploys to AWS needs for the resources that every target on it may have.

Each type of a child has a row: the calls that Terraform's AWS provider, of which pulumi-aws is made, or a resource of
our own makes to create, read, update, delete and tag it. What AWS asks of the caller beside them is said with its page.
Which resources and conditions an action has: https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelberth_platform.aws.alarms import ALARM
from modelberth_platform.aws.needs import ROLE, Place, Row, key_arn, trusted, without_resource
from modelberth_platform.aws.policy import Statement, allow
from modelberth_platform.planned import UNKNOWN, Child, autoname

REPOSITORY, TOPIC = "aws:ecr/repository:Repository", "aws:sns/topic:Topic"
_TAGS = "ListTagsForResource TagResource UntagResource"
_POLICIES = "GetRolePolicy PutRolePolicy DeleteRolePolicy"
_PULL = "BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer"
_PUSH = "InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage"
_READ_BUCKET = (
    "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging "
    "GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging GetBucketVersioning "
    "GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration"
)
"""The provider reads all settings of a bucket, whichever are made."""
_SCALED = {"ecs": "ECSService", "lambda": "LambdaConcurrency", "sagemaker": "SageMakerEndpoint"}
"""The end of the name of the role that Application Auto Scaling runs as, by its namespace
(https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html)."""


def _repository(child: Child, place: Place) -> Iterator[Statement]:
    own = place.arn("ecr", f"repository/{child.named()}")
    settings = "PutImageScanningConfiguration PutImageTagMutability"
    yield allow("Images", "ecr", f"CreateRepository DescribeRepositories DeleteRepository {settings} {_TAGS}", own)
    for encryption in child.inputs.get("encryptionConfigurations") or []:
        if encryption.get("encryptionType") == "KMS":
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
            key = key_arn(encryption.get("kmsKey") or UNKNOWN, place)
            via = {"kms:ViaService": f"ecr.{place.region}.amazonaws.com"}
            yield allow("KeysOfImages", "kms", "CreateGrant DescribeKey RetireGrant", key, StringLike=via)


def _lifecycle_policy(child: Child, place: Place) -> Iterator[Statement]:
    own = place.arn("ecr", f"repository/{child.refers('repository')}")
    yield allow("Images", "ecr", "GetLifecyclePolicy PutLifecyclePolicy DeleteLifecyclePolicy", own)


def _repository_policy(child: Child, place: Place) -> Iterator[Statement]:
    own = place.arn("ecr", f"repository/{child.refers('repository')}")
    yield allow("Images", "ecr", "GetRepositoryPolicy SetRepositoryPolicy DeleteRepositoryPolicy", own)


def _image(_child: Child, place: Place) -> Iterator[Statement]:
    """It is pushed by the container engine, with a login of the deployer's
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html)."""
    yield without_resource("ecr", "GetAuthorizationToken")
    for repository in place.children(REPOSITORY):
        yield allow("Images", "ecr", f"{_PULL} {_PUSH}", place.arn("ecr", f"repository/{repository.named()}"))


def _image_tag(child: Child, place: Place) -> Iterator[Statement]:
    yield allow("Images", "ecr", "DescribeImages", place.arn("ecr", f"repository/{child.refers('repository')}"))


def _role(child: Child, place: Place) -> Iterator[Statement]:
    life = "CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole"
    lists = "ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies ListRoleTags"
    yield allow("Roles", "iam", f"{life} {lists} GetRolePolicy TagRole UntagRole", place.iam(f"role/{child.named()}"))
    # In another account a caller assumes this role; in this one it gets a policy. Which it is, the account tells alone.
    callers = [arn for arn in trusted(child, "AWS") if ":role/" in arn]
    if place.account == UNKNOWN and callers:
        yield allow("Roles", "iam", _POLICIES, *callers)


def _role_policy(child: Child, place: Place) -> Iterator[Statement]:
    role = child.refers("role")
    own = {each.named() for each in place.children(ROLE)}
    below_a_path = [] if role in own else [place.iam(f"role/*/{role}")]
    yield allow("Roles", "iam", _POLICIES, place.iam(f"role/{role}"), *below_a_path)


def _log_group(child: Child, place: Place) -> Iterator[Statement]:
    """Its ARN has two forms (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html)."""
    own = place.arn("logs", f"log-group:{child.named()}")
    keys = "AssociateKmsKey DisassociateKmsKey" if child.text("kmsKeyId") else ""
    life = f"CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy {keys} {_TAGS}"
    yield allow("Logs", "logs", life, own, f"{own}:*")
    yield without_resource("logs", "DescribeLogGroups")


def _alarm(child: Child, place: Place) -> Iterator[Statement]:
    own = place.arn("cloudwatch", f"alarm:{child.named()}")
    yield allow("Alarms", "cloudwatch", f"PutMetricAlarm DeleteAlarms {_TAGS}", own)
    yield see_alarms(place)


def see_alarms(place: Place) -> Statement:
    """Read alarms: CloudWatch asks for the permission on all of them, whichever are asked for."""
    return allow("SeeAlarms", "cloudwatch", "DescribeAlarms", place.arn("cloudwatch", "alarm:*"))


def _dashboard(child: Child, place: Place) -> Iterator[Statement]:
    own = place.arn("cloudwatch", f"dashboard/{child.named('dashboardName')}", regional=False)
    yield allow("Dashboards", "cloudwatch", "GetDashboard PutDashboard DeleteDashboards", own)


def _topic(child: Child, place: Place) -> Iterator[Statement]:
    own = place.arn("sns", child.named())
    yield allow("Topics", "sns", f"CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic {_TAGS}", own)


def _topic_policy(child: Child, place: Place) -> Iterator[Statement]:
    yield allow("Topics", "sns", "GetTopicAttributes SetTopicAttributes", *_topics(child, "arn", place))


def _subscription(child: Child, place: Place) -> Iterator[Statement]:
    yield allow("Topics", "sns", "ListSubscriptionsByTopic Subscribe", *_topics(child, "topic", place))
    yield without_resource("sns", "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe")


def _topics(child: Child, key: str, place: Place) -> list[str]:
    """The topic that an input names, or else the endpoint's own."""
    given = child.refers(key)
    own = [place.arn("sns", topic.named()) for topic in place.children(TOPIC)]
    return [given] if given != UNKNOWN else own or [place.arn("sns", "*")]


def _bucket(child: Child, place: Place) -> Iterator[Statement]:
    own = f"arn:{place.partition}:s3:::{child.text('bucket') or autoname(child.name).lower()}"
    yield allow("Buckets", "s3", f"CreateBucket DeleteBucket ListBucket PutBucketTagging {_READ_BUCKET} {_TAGS}", own)


def _part_of_bucket(*actions: str) -> Row:
    def row(child: Child, place: Place) -> Iterator[Statement]:
        yield allow("Buckets", "s3", " ".join(actions), f"arn:{place.partition}:s3:::{child.refers('bucket')}")

    return row


def _scalable_target(child: Child, place: Place) -> Iterator[Statement]:
    targets = place.arn("application-autoscaling", "scalable-target/*")
    yield allow("Scaling", "application-autoscaling", _TAGS, targets)
    yield from _scaling(child, "RegisterScalableTarget DeregisterScalableTarget", targets)
    yield without_resource("application-autoscaling", "DescribeScalableTargets")
    namespace = child.refers("serviceNamespace")
    service = f"{namespace}.application-autoscaling.amazonaws.com"
    role = f"{service}/AWSServiceRoleForApplicationAutoScaling_{_SCALED.get(namespace, UNKNOWN)}"
    own = {"iam:AWSServiceName": service}
    arn = place.iam(f"role/aws-service-role/{role}")
    yield allow("ServiceLinkedRoles", "iam", "CreateServiceLinkedRole", arn, StringLike=own)


def _scaling_policy(child: Child, place: Place) -> Iterator[Statement]:
    """Application Auto Scaling asks whether the caller may make the alarms that a policy needs
    (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html)."""
    targets = place.arn("application-autoscaling", "scalable-target/*")
    yield from _scaling(child, "PutScalingPolicy DeleteScalingPolicy", targets)
    yield without_resource("application-autoscaling", "DescribeScalingPolicies")
    if child.refers("policyType") == "TargetTrackingScaling":
        made = place.arn("cloudwatch", f"alarm:TargetTracking-{child.refers('resourceId')}-*")
        yield allow("AlarmsOfScaling", "cloudwatch", "PutMetricAlarm DeleteAlarms", made)
        yield see_alarms(place)


def _scaling(child: Child, actions: str, targets: str) -> Iterator[Statement]:
    """Actions on scalable targets, whose ARNs tell nothing of what is scaled; conditions do."""
    keys = {"service-namespace": "serviceNamespace", "scalable-dimension": "scalableDimension"}
    scaled = {f"application-autoscaling:{key}": child.refers(given) for key, given in keys.items()}
    yield allow("Scaling", "application-autoscaling", actions, targets, StringLike=scaled)


SHARED: Mapping[str, Row] = {
    REPOSITORY: _repository,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _lifecycle_policy,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _repository_policy,
    "docker:index/image:Image": _image,
    "pulumi-python:dynamic/modelberth:ImageTag": _image_tag,
    ROLE: _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    ALARM: _alarm,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    TOPIC: _topic,
    "aws:sns/topicPolicy:TopicPolicy": _topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": _subscription,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketPolicy:BucketPolicy": _part_of_bucket("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _part_of_bucket(
        "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _part_of_bucket(
        "GetLifecycleConfiguration", "PutLifecycleConfiguration"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _part_of_bucket(
        "GetEncryptionConfiguration", "PutEncryptionConfiguration"
    ),
    "aws:appautoscaling/target:Target": _scalable_target,
    "aws:appautoscaling/policy:Policy": _scaling_policy,
}
"""By the type of the child."""
