"""A stack on `modelberth:cloud: aws`, on the real engine: the tests' own plugin for pulumi-aws, and moto behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3

from engine.stack import Stack

CLOUD_PROGRAM = """
import json
import pulumi
from modelberth import {component}

endpoint = {component}("shop", **json.loads(pulumi.Config().require("arguments")))
for name in ("url", "base_url", "endpoint_name", "arn", "role_arn", "release", "bundle"):
    pulumi.export(name, getattr(endpoint, name))
"""
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:"


def image(digit: int) -> str:
    """The name of an image that was pushed elsewhere; each digit makes another one."""
    return IMAGE + str(digit) * 64


def image_elsewhere(digit: int) -> str:
    """The name of an image in another account's ECR, of which the account on moto knows nothing."""
    return image(digit).replace("123456789012", "210987654321")


class CloudStack(Stack):
    """A stack with one endpoint, `shop`, whose arguments are in the stack's configuration."""

    component = "ManagedEndpoint"

    def __init__(self, folder: Path, project: str) -> None:
        super().__init__(folder, project)
        (folder / "__main__.py").write_text(CLOUD_PROGRAM.format(component=self.component))
        self.configure("modelberth:cloud", "aws")
        self.configure("aws:region", "eu-central-1")

    def arguments(self, **arguments: Any) -> None:
        """Set the arguments that the endpoint is declared with from now on."""
        self.configure("arguments", json.dumps(arguments))

    def deploy(self, **arguments: Any) -> str:
        """Run `pulumi up`, with other arguments where any are given."""
        if arguments:
            self.arguments(**arguments)
        return self.run("up", "--yes", "--skip-preview")

    def planned(self) -> dict[str, str]:
        """The operation that a preview shows for each resource that changes, by the resource's name."""
        steps = json.loads(self.run("preview", "--json"))["steps"]
        return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] != "same"}


class FunctionStack(CloudStack):
    """A stack with one endpoint, `shop`, on Lambda."""

    component = "SelfHostedEndpoint"

    def arguments(self, **arguments: Any) -> None:
        super().arguments(runtime="lambda", **arguments)


def client(service: str) -> Any:
    return boto3.client(service)


def endpoint(name: str) -> dict[str, Any]:
    return dict(client("sagemaker").describe_endpoint(EndpointName=name))


def first_instances(name: str) -> dict[str, int]:
    """How many instances each variant of the configuration in service begins with."""
    config = client("sagemaker").describe_endpoint_config(EndpointConfigName=endpoint(name)["EndpointConfigName"])
    return {variant["VariantName"]: variant["InitialInstanceCount"] for variant in config["ProductionVariants"]}


def configurations() -> list[str]:
    """The names of the endpoint configurations in the account, the oldest first."""
    listed = client("sagemaker").list_endpoint_configs(SortBy="CreationTime", SortOrder="Ascending")
    return [each["EndpointConfigName"] for each in listed["EndpointConfigs"]]


def models() -> list[str]:
    return sorted(each["ModelName"] for each in client("sagemaker").list_models()["Models"])


def functions() -> list[str]:
    """The names of the Lambda functions in the account."""
    return sorted(each["FunctionName"] for each in client("lambda").list_functions()["Functions"])


def versions(function: str) -> list[str]:
    """The published versions of a function, the oldest first."""
    listed = client("lambda").list_versions_by_function(FunctionName=function)["Versions"]
    return [each["Version"] for each in listed if each["Version"] != "$LATEST"]


def everything() -> dict[str, list[str]]:
    """All resources in the account, by kind, of every service that the targets use; a kind without any is left out."""
    listed: dict[str, list[Any]] = {
        "endpoints": client("sagemaker").list_endpoints()["Endpoints"],
        "configurations": client("sagemaker").list_endpoint_configs()["EndpointConfigs"],
        "models": client("sagemaker").list_models()["Models"],
        "roles": client("iam").list_roles()["Roles"],
        "repositories": client("ecr").describe_repositories()["repositories"],
        "logs": client("logs").describe_log_groups()["logGroups"],
        "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
        "dashboards": client("cloudwatch").list_dashboards()["DashboardEntries"],
        "topics": client("sns").list_topics()["Topics"],
        "subscriptions": client("sns").list_subscriptions()["Subscriptions"],
        "buckets": client("s3").list_buckets()["Buckets"],
        "functions": functions(),
        "provisioned": [each for name in functions() for each in _provisioned(name)],
        "http apis": client("apigatewayv2").get_apis()["Items"],
        "rest apis": client("apigateway").get_rest_apis()["items"],
        "vpc endpoints": [each["VpcEndpointId"] for each in client("ec2").describe_vpc_endpoints()["VpcEndpoints"]],
        "targets": [
            target
            for namespace in _SCALED
            for target in _scaling().describe_scalable_targets(ServiceNamespace=namespace)["ScalableTargets"]
        ],
        "policies": [
            policy
            for namespace in _SCALED
            for policy in _scaling().describe_scaling_policies(ServiceNamespace=namespace)["ScalingPolicies"]
        ],
    }
    return {kind: [str(each) for each in resources] for kind, resources in listed.items() if resources}


_SCALED = ("sagemaker", "lambda")


def _scaling() -> Any:
    return client("application-autoscaling")


def _provisioned(function: str) -> list[Any]:
    listed = client("lambda").list_provisioned_concurrency_configs(FunctionName=function)
    return list(listed["ProvisionedConcurrencyConfigs"])
