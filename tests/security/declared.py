"""What the targets on AWS declare, over all that they can: as policies, and as a plan that linters read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from declarations import BY_TARGET
from mocks import Declared, declare

DECLARATIONS = {
    "sagemaker": ("usual", "serverless", "everything", "asynchronous", "given-image"),
    "aws_lambda": (
        *("usual", "everything", "jwt", "public", "private", "private-given-endpoint"),
        *("streams", "streams-public", "streams-private", "given-image"),
    ),
}
"""Those of each target that together have every policy and every kind of resource."""
EVERY = [(target, which) for target, names in DECLARATIONS.items() for which in names]
each_declaration = pytest.mark.parametrize(("target", "which"), EVERY)


@cache
def declared(echo: Path, target: str, which: str) -> dict[str, Declared]:
    """The children of one of the declarations, by name."""
    declaration = BY_TARGET[target][which]
    found, _ = declare(lambda: declaration.program(echo), declaration.config)
    return {name: child for name, child in found.items() if child.custom}


def policies(children: dict[str, Declared]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy document, whichever input it is, with the name of its resource."""
    for name, child in children.items():
        for value in child.inputs.values():
            if isinstance(value, str) and '"Statement"' in value:
                document = json.loads(value)
                yield name, document.get("x-amazon-apigateway-policy", document)


_TYPES = {
    "aws:apigateway/deployment:Deployment": "aws_api_gateway_deployment",
    "aws:apigateway/methodSettings:MethodSettings": "aws_api_gateway_method_settings",
    "aws:apigateway/restApi:RestApi": "aws_api_gateway_rest_api",
    "aws:apigateway/stage:Stage": "aws_api_gateway_stage",
    "aws:apigatewayv2/api:Api": "aws_apigatewayv2_api",
    "aws:apigatewayv2/authorizer:Authorizer": "aws_apigatewayv2_authorizer",
    "aws:apigatewayv2/integration:Integration": "aws_apigatewayv2_integration",
    "aws:apigatewayv2/route:Route": "aws_apigatewayv2_route",
    "aws:apigatewayv2/stage:Stage": "aws_apigatewayv2_stage",
    "aws:appautoscaling/policy:Policy": "aws_appautoscaling_policy",
    "aws:appautoscaling/target:Target": "aws_appautoscaling_target",
    "aws:cloudwatch/dashboard:Dashboard": "aws_cloudwatch_dashboard",
    "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "aws_vpc_endpoint",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "aws_ecr_lifecycle_policy",
    "aws:ecr/repository:Repository": "aws_ecr_repository",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "aws_ecr_repository_policy",
    "aws:iam/role:Role": "aws_iam_role",
    "aws:iam/rolePolicy:RolePolicy": "aws_iam_role_policy",
    "aws:lambda/alias:Alias": "aws_lambda_alias",
    "aws:lambda/function:Function": "aws_lambda_function",
    "aws:lambda/functionUrl:FunctionUrl": "aws_lambda_function_url",
    "aws:lambda/permission:Permission": "aws_lambda_permission",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": "aws_lambda_provisioned_concurrency_config",
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

_NAMES = {
    "": {"encryption_configurations": "encryption_configuration", "rules": "rule", "metric_queries": "metric_query"},
    "aws_api_gateway_deployment": {"rest_api": "rest_api_id"},
    "aws_api_gateway_method_settings": {"rest_api": "rest_api_id"},
    "aws_api_gateway_stage": {"rest_api": "rest_api_id", "deployment": "deployment_id"},
    "aws_apigatewayv2_authorizer": {"audiences": "audience"},
    "aws_lambda_function": {"name": "function_name", "commands": "command"},
    "aws_lambda_permission": {"function": "function_name"},
}
"""The properties whose names in Terraform differ by more than spelling, in every resource and in one kind alone."""
_MAPS = frozenset({"tags", "environment", "dimensions", "variables", "triggers"})
_PARTS = {
    "aws_api_gateway_": {"rest_api_id": "aws_api_gateway_rest_api.shop-api"},
    "aws_api_gateway_method_settings": {"stage_name": "aws_api_gateway_stage.shop-stage"},
    "aws_apigatewayv2_": {"api_id": "aws_apigatewayv2_api.shop-api"},
    "aws_lambda_": {"function_name": "aws_lambda_function.shop-function"},
    "aws_s3_bucket_": {"bucket": "aws_s3_bucket.shop-bucket"},
}
"""What settings and parts belong to, by the beginning of their types."""


def plan(children: dict[str, Declared]) -> dict[str, Any]:
    """The resources as Terraform would plan them (https://developer.hashicorp.com/terraform/internals/json-format)."""
    resources = []
    for name, child in children.items():
        if child.type.startswith("aws:"):
            kind = _TYPES[child.type]
            named = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}
            resources.append({**named, "schema_version": 0, "values": _block(kind, child.inputs)})
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
    """What connects a resource with what it is a part of."""
    own = {key: resource[key] for key in ("address", "mode", "type", "name")}
    whole = {
        argument: {"references": [f"{address}.id", address]}
        for beginning, arguments in _PARTS.items()
        if resource["type"].startswith(beginning)
        for argument, address in arguments.items()
        if address != resource["address"]
    }
    return {**own, "provider_config_key": "aws", "expressions": whole}


def _creation(values: dict[str, Any]) -> dict[str, Any]:
    return {"actions": ["create"], "before": None, "after": values, "after_unknown": {}}


def _block(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    names = _NAMES[""] | _NAMES.get(kind, {})
    block = {}
    for name, value in values.items():
        snake = re.sub(r"([A-Z])", r"_\1", name).lower()
        block[names.get(snake, snake)] = _value(kind, snake, value)
    return block


def _value(kind: str, name: str, value: Any) -> Any:
    if isinstance(value, dict):
        of_function = kind == "aws_lambda_function" and name == "environment"  # a block, which has the map
        return value if name in _MAPS and not of_function else [_block(kind, value)]
    if isinstance(value, list):
        return [_block(kind, each) if isinstance(each, dict) else each for each in value]
    return [value] if name == "types" else value  # the provider has one of what is a list in Terraform
