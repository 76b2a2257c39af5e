"""What the AWS target declares, over all that it can: as policies, and as a plan that linters read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from declarations import SAGEMAKER
from mocks import Declared, declare

DECLARATIONS = ("usual", "serverless", "everything", "asynchronous", "given-image")
"""Those that together have every policy and every kind of resource."""


def declared(echo: Path, which: str) -> dict[str, Declared]:
    """The children of one of the declarations, by name."""
    declaration = SAGEMAKER[which]
    found, _ = declare(lambda: declaration.program(echo), declaration.config)
    return {name: child for name, child in found.items() if child.custom}


def policies(children: dict[str, Declared]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy document, with the name of its resource."""
    for name, child in children.items():
        for key in ("policy", "assumeRolePolicy"):
            text = child.inputs.get(key)
            if isinstance(text, str) and "Statement" in text:
                yield name, json.loads(text)


_TYPES = {
    "aws:appautoscaling/policy:Policy": "aws_appautoscaling_policy",
    "aws:appautoscaling/target:Target": "aws_appautoscaling_target",
    "aws:cloudwatch/dashboard:Dashboard": "aws_cloudwatch_dashboard",
    "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "aws_ecr_lifecycle_policy",
    "aws:ecr/repository:Repository": "aws_ecr_repository",
    "aws:iam/role:Role": "aws_iam_role",
    "aws:iam/rolePolicy:RolePolicy": "aws_iam_role_policy",
    "aws:s3/bucket:Bucket": "aws_s3_bucket",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "aws_s3_bucket_lifecycle_configuration",
    "aws:s3/bucketPolicy:BucketPolicy": "aws_s3_bucket_policy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "aws_s3_bucket_public_access_block",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "aws_s3_bucket_server_side_encryption_configuration"
    ),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "aws_sagemaker_endpoint_configuration",
    "aws:sagemaker/model:Model": "aws_sagemaker_model",
    "aws:sns/topic:Topic": "aws_sns_topic",
    "aws:sns/topicPolicy:TopicPolicy": "aws_sns_topic_policy",
    "aws:sns/topicSubscription:TopicSubscription": "aws_sns_topic_subscription",
}
"""pulumi-aws is generated from Terraform's provider: its resources by their names there."""

_PLURAL = {"encryption_configurations": "encryption_configuration", "rules": "rule", "metric_queries": "metric_query"}
_MAPS = frozenset({"tags", "environment", "dimensions"})


def plan(children: dict[str, Declared]) -> dict[str, Any]:
    """The resources as Terraform would plan them (https://developer.hashicorp.com/terraform/internals/json-format)."""
    resources = []
    for name, child in children.items():
        if child.type.startswith("aws:"):
            kind = _TYPES[child.type]
            named = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}
            resources.append({**named, "schema_version": 0, "values": _block(child.inputs)})
    changes = [
        {**{key: each[key] for key in ("address", "mode", "type", "name")}, "change": _creation(each["values"])}
        for each in resources
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": [_references(each) for each in resources]}},
    }


def _references(resource: dict[str, Any]) -> dict[str, Any]:
    """What connects the settings of a bucket with it."""
    own = {key: resource[key] for key in ("address", "mode", "type", "name")}
    of_bucket = resource["type"].startswith("aws_s3_bucket_")
    bucket = {"bucket": {"references": ["aws_s3_bucket.shop-bucket.id", "aws_s3_bucket.shop-bucket"]}}
    return {**own, "provider_config_key": "aws", "expressions": bucket if of_bucket else {}}


def _creation(values: dict[str, Any]) -> dict[str, Any]:
    return {"actions": ["create"], "before": None, "after": values, "after_unknown": {}}


def _block(values: dict[str, Any]) -> dict[str, Any]:
    block = {}
    for name, value in values.items():
        snake = re.sub(r"([A-Z])", r"_\1", name).lower()
        block[_PLURAL.get(snake, snake)] = _value(snake, value)
    return block


def _value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return value if name in _MAPS else [_block(value)]
    if isinstance(value, list):
        return [_block(each) if isinstance(each, dict) else each for each in value]
    return value
