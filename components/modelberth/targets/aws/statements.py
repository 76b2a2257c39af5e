"""The statements of IAM policies that endpoints on AWS need, whatever they run on."""

from __future__ import annotations

from typing import Any

import pulumi

from modelberth.targets.aws.place import Place

Statement = dict[str, Any]


def document(statements: list[Statement]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": statements}


def allow(name: str, actions: list[str], resources: Any, **condition: Any) -> Statement:
    """A statement that allows the actions on the resources, under a condition where one is given."""
    statement = {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def trust_of_service(place: Place[Any], service: str) -> Statement:
    """A service may be the role, for resources of this account alone
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html)."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }


def pull_images(repository_arns: list[pulumi.Input[str]]) -> list[Statement]:
    """Pull from these ECR repositories."""
    if not repository_arns:
        return []
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [
        allow("PullItsImage", pull, repository_arns),
        # It has no resource-level permission:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        allow("LogInToTheRegistry", ["ecr:GetAuthorizationToken"], "*"),
    ]


def write_log(place: Place[Any]) -> Statement:
    """Write to the endpoint's log group."""
    group = place.arn("logs", f"log-group:{place.log_group}")
    return allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:log-stream:*")


def find_log(place: Place[Any]) -> Statement:
    """Find the streams of the endpoint's log group."""
    return allow("FindItsLog", ["logs:DescribeLogStreams"], place.arn("logs", f"log-group:{place.log_group}:*"))


def write_metrics(namespaces: list[str]) -> Statement:
    """Write metrics of these namespaces. The action has no resource-level permission, but a condition
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html)."""
    condition = {"cloudwatch:namespace": namespaces}
    return allow("WriteItsMetrics", ["cloudwatch:PutMetricData"], "*", StringEquals=condition)


def objects_below(place: Place[Any], prefix: pulumi.Input[str]) -> pulumi.Output[str]:
    """The ARN of all objects below a prefix, `s3://BUCKET/PREFIX`."""
    path = pulumi.Output.from_input(prefix).apply(lambda text: text.removeprefix("s3://"))
    return pulumi.Output.concat(f"arn:{place.partition}:s3:::", path, "/*")


def read_secrets(place: Place[Any]) -> list[Statement]:
    """Read what `secrets` refers to."""
    references = list(place.spec.secrets.values())
    if not references:
        return []
    plain = [reference for reference in references if isinstance(reference, str)]
    if len(plain) < len(references):  # which kind an Output is, nobody knows yet
        arns = [pulumi.Output.from_input(reference).apply(_without_key) for reference in references]
        return [allow("ReadItsSecrets", ["secretsmanager:GetSecretValue", "ssm:GetParameter"], arns)]
    secrets = sorted({_without_key(arn) for arn in plain if ":secretsmanager:" in arn})
    parameters = sorted({arn for arn in plain if ":ssm:" in arn})
    return [
        *([allow("ReadItsSecrets", ["secretsmanager:GetSecretValue"], secrets)] if secrets else []),
        *([allow("ReadItsParameters", ["ssm:GetParameter"], parameters)] if parameters else []),
    ]


def _without_key(arn: str) -> str:
    """The secret's own ARN, without the key of a JSON secret behind it."""
    return ":".join(arn.split(":")[:7])


def use_key(place: Place[Any]) -> list[Statement]:
    """Use the KMS key that encrypts what the endpoint stores."""
    if place.spec.key is None:
        return []
    return [allow("UseItsKey", ["kms:Decrypt", "kms:GenerateDataKey"], [place.spec.key])]
