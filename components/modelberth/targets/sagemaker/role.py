"""What the role of a model's process may do on SageMaker
(https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)."""

from __future__ import annotations

import pulumi

from modelberth.targets.aws.images import Images
from modelberth.targets.aws.statements import (
    Statement,
    allow,
    find_log,
    objects_below,
    pull_images,
    read_secrets,
    use_key,
    write_log,
    write_metrics,
)
from modelberth.targets.sagemaker.place import SageMakerPlace
from modelberth.targets.sagemaker.storage import Storage
from modelberth_platform.targets.sagemaker.names import REQUESTS

SERVICE = "sagemaker.amazonaws.com"


def permissions(place: SageMakerPlace, images: Images, storage: Storage) -> list[Statement]:
    """The statements of the role's policy."""
    return [
        *pull_images(images.repository_arns),
        write_log(place),
        find_log(place),
        write_metrics(["AWS/SageMaker", "/aws/sagemaker/Endpoints"]),
        *_store(place, storage),
        *_notify(place),
        *read_secrets(place),
        *use_key(place),
        *_encrypt_disks(place),
        *_network(place),
    ]


def invoke(place: SageMakerPlace) -> list[Statement]:
    """The statement that lets a caller call the endpoint: SageMaker knows no policies on endpoints themselves
    (https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_service-with-iam.html)."""
    facts, queued = place.declaration.facts, place.spec.kind == "asynchronous"
    streams = facts is not None and any(api.streaming for api in facts.apis)
    actions = ["sagemaker:InvokeEndpointAsync" if queued else "sagemaker:InvokeEndpoint"]
    actions += ["sagemaker:InvokeEndpointWithResponseStream"] if streams and not queued else []
    return [allow("Invoke", actions, place.endpoint_arn)]


def _store(place: SageMakerPlace, storage: Storage) -> list[Statement]:
    written = [objects_below(place, prefix) for prefix in storage.written]
    if not written:
        return []
    statements = [allow("WriteWhatItRecords", ["s3:AbortMultipartUpload", "s3:PutObject"], written)]
    if storage.output is not None:
        requests = pulumi.Output.concat(storage.output, f"/{REQUESTS}")
        statements.append(allow("ReadQueuedRequests", ["s3:GetObject"], [objects_below(place, requests)]))
    return statements


def _notify(place: SageMakerPlace) -> list[Statement]:
    queue = place.spec.asynchronous
    topics = [topic for topic in (queue.success_topic, queue.error_topic) if topic is not None] if queue else []
    return [allow("TellOfAnswers", ["sns:Publish"], topics)] if topics else []


def _encrypt_disks(place: SageMakerPlace) -> list[Statement]:
    if place.spec.key is None:
        return []
    lent = {"kms:GrantIsForAWSResource": "true"}
    return [allow("EncryptItsDisks", ["kms:CreateGrant"], [place.spec.key], Bool=lent)]


def _network(place: SageMakerPlace) -> list[Statement]:
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
        allow("StandInItsSubnets", ["ec2:CreateNetworkInterface"], [interfaces, *subnets, *groups]),
        allow(
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
        allow("SeeTheNetwork", [f"ec2:Describe{kind}" for kind in describe], "*"),
    ]
