"""What the role of a model's process may do on Lambda
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html), and what Lambda itself may."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.images import Images
from modelberth.targets.aws.statements import Statement, allow, document, read_secrets, write_log
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth_platform.targets.aws_lambda.names import FUNCTION_ROLE

SERVICE = "lambda.amazonaws.com"


def permissions(place: LambdaPlace) -> list[Statement]:
    """The statements of the role's policy. Lambda pulls the image itself, and counts requests itself."""
    return [write_log(place), *read_secrets(place), *_decrypt(place), *_network(place)]


def let_lambda_pull(place: LambdaPlace, images: Images) -> list[pulumi.Resource]:
    """The policy of the repository that is made here: Lambda pulls for functions of this account alone
    (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions)."""
    if images.made is None:
        return []
    statement = {
        "Sid": "LambdaPullsItsImage",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Condition": {"ArnLike": {"aws:SourceArn": _functions(place)}},
    }
    policy = aws.ecr.RepositoryPolicy(
        place.child("repository-policy"),
        repository=images.made.name,
        policy=pulumi.Output.json_dumps(document([statement])),
        opts=place.opts(),
    )
    return [policy]


def _functions(place: LambdaPlace) -> str:
    """The ARNs that the endpoint's function may have, before its name is known."""
    return place.arn("lambda", f"function:{place.declaration.name}-{FUNCTION_ROLE}-*")


def _decrypt(place: LambdaPlace) -> list[Statement]:
    """Variables and secrets that the endpoint's key encrypts."""
    return [allow("UseItsKey", ["kms:Decrypt"], [place.spec.key])] if place.spec.key is not None else []


def _network(place: LambdaPlace) -> list[Statement]:
    """Lambda stands in the subnets as the role; the model's process itself may not
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions)."""
    network = place.spec.network
    if network is None or network.subnets is None:
        return []
    actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    ]
    # Lambda asks for them on all resources before it makes an interface:
    stand = allow("StandInItsSubnets", actions, "*")
    return [stand, {**stand, "Sid": "NotByItself", "Effect": "Deny", "Condition": _by_its_process(place)}]


def _by_its_process(place: LambdaPlace) -> dict[str, dict[str, str]]:
    return {"ArnLike": {"lambda:SourceFunctionArn": _functions(place)}}
