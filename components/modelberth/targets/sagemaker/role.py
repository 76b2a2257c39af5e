"""The role that the model's process runs as: what it needs of this endpoint's own things, and nothing else.

The actions that SageMaker needs: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.sagemaker.images import Images
from modelberth.targets.sagemaker.place import Place
from modelberth.targets.sagemaker.storage import Storage

Statement = dict[str, Any]


@dataclass(frozen=True)
class Role:
    """The role, and what must be in force before a model is made with it."""

    arn: pulumi.Input[str]
    needs: tuple[pulumi.Resource, ...] = ()


def declare_role(place: Place, images: Images, storage: Storage) -> Role:
    """The role and its policy, or the role that is given, as it is."""
    if place.spec.role is not None:
        return Role(place.spec.role)
    role = aws.iam.Role(
        place.child("role"),
        description=f"runs the model behind {place.endpoint_name}",
        assume_role_policy=pulumi.Output.json_dumps(trust(place)),
        tags=place.tags(),
        opts=place.opts(),
    )
    policy = aws.iam.RolePolicy(
        place.child("policy"),
        role=role.name,
        policy=pulumi.Output.json_dumps(document(permissions(place, images, storage))),
        opts=place.opts(),
    )
    return Role(role.arn, (policy,))


def document(statements: list[Statement]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": statements}


def trust(place: Place) -> dict[str, Any]:
    """SageMaker may be this role, for resources of this account alone
    (https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html)."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }
    return document([statement])


def permissions(place: Place, images: Images, storage: Storage) -> list[Statement]:
    """The policy's statements."""
    return [
        *_pull(images),
        *_observe(place),
        *_store(place, storage),
        *_notify(place),
        *_secrets(place),
        *_key(place),
        *_network(place),
    ]


def _allow(name: str, actions: list[str], resources: Any, **condition: Any) -> Statement:
    statement = {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def _pull(images: Images) -> list[Statement]:
    if not images.repository_arns:
        return []
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [
        _allow("PullItsImage", pull, images.repository_arns),
        # It has no resource-level permission:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        _allow("LogInToTheRegistry", ["ecr:GetAuthorizationToken"], "*"),
    ]


def _observe(place: Place) -> list[Statement]:
    group = place.arn("logs", f"log-group:{place.log_group}")
    return [
        _allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:log-stream:*"),
        _allow("FindItsLog", ["logs:DescribeLogStreams"], f"{group}:*"),
        # It has no resource-level permission, but a condition:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
        _allow(
            "WriteItsMetrics",
            ["cloudwatch:PutMetricData"],
            "*",
            StringEquals={"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]},
        ),
    ]


def _store(place: Place, storage: Storage) -> list[Statement]:
    written = [_objects(place, prefix) for prefix in storage.written]
    if not written:
        return []
    statements = [_allow("WriteWhatItRecords", ["s3:AbortMultipartUpload", "s3:PutObject"], written)]
    if storage.output is not None:
        requests = pulumi.Output.concat(storage.output, "/requests")
        statements.append(_allow("ReadQueuedRequests", ["s3:GetObject"], [_objects(place, requests)]))
    return statements


def _objects(place: Place, prefix: pulumi.Input[str]) -> pulumi.Output[str]:
    plain = pulumi.Output.from_input(prefix).apply(lambda text: text.removeprefix("s3://"))
    return pulumi.Output.concat(f"arn:{place.partition}:s3:::", plain, "/*")


def _notify(place: Place) -> list[Statement]:
    asked = place.spec.asynchronous
    topics = [topic for topic in (asked.success_topic, asked.error_topic) if topic is not None] if asked else []
    return [_allow("TellOfAnswers", ["sns:Publish"], topics)] if topics else []


def _secrets(place: Place) -> list[Statement]:
    references = [pulumi.Output.from_input(reference) for reference in place.spec.secrets.values()]
    if not references:
        return []

    def readable(found: list[str]) -> list[Statement]:
        managed = sorted({":".join(arn.split(":")[:7]) for arn in found if ":secretsmanager:" in arn})
        parameters = sorted({arn for arn in found if ":ssm:" in arn})
        return [
            *([_allow("ReadItsSecrets", ["secretsmanager:GetSecretValue"], managed)] if managed else []),
            *([_allow("ReadItsParameters", ["ssm:GetParameter"], parameters)] if parameters else []),
        ]

    plain = [reference for reference in place.spec.secrets.values() if isinstance(reference, str)]
    if len(plain) == len(references):
        return readable(plain)
    managed = [reference.apply(lambda arn: ":".join(arn.split(":")[:7])) for reference in references]
    return [_allow("ReadItsSecrets", ["secretsmanager:GetSecretValue", "ssm:GetParameter"], managed)]


def _key(place: Place) -> list[Statement]:
    if place.spec.key is None:
        return []
    return [
        _allow("UseItsKey", ["kms:Decrypt", "kms:GenerateDataKey"], [place.spec.key]),
        _allow("EncryptItsDisks", ["kms:CreateGrant"], [place.spec.key], Bool={"kms:GrantIsForAWSResource": "true"}),
    ]


def _network(place: Place) -> list[Statement]:
    network = place.spec.network
    if network is None or network.subnets is None:
        return []
    interfaces = place.arn("ec2", "network-interface/*")
    subnets = [pulumi.Output.concat(place.arn("ec2", "subnet/"), subnet) for subnet in network.subnets]
    groups = [
        pulumi.Output.concat(place.arn("ec2", "security-group/"), group) for group in network.security_groups or []
    ]
    describe = ["DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs"]
    return [
        _allow("StandInItsSubnets", ["ec2:CreateNetworkInterface"], [interfaces, *subnets, *groups]),
        _allow(
            "LendItsInterfaces",
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            interfaces,
            ArnEquals={"ec2:Subnet": subnets},
        ),
        # They have no resource-level permission:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        _allow("SeeTheNetwork", [f"ec2:Describe{kind}" for kind in describe], "*"),
    ]
