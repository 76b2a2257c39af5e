"""What whoever deploys an endpoint to Lambda needs
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html,
list_amazonapigatewaymanagement.html and list_amazonapigatewaymanagementv2.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelberth_platform.aws.deployer import REPOSITORY, SHARED, see_alarms
from modelberth_platform.aws.needs import Place, Row, key_arn, needed, pass_role, without_resource
from modelberth_platform.aws.policy import Statement, allow
from modelberth_platform.planned import UNKNOWN, Child, PlannedEndpoint

_FUNCTION, _TARGET = "aws:lambda/function:Function", "aws:appautoscaling/target:Target"
_PROVISIONED = "GetProvisionedConcurrencyConfig PutProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig"


def permissions(endpoint: PlannedEndpoint, config: Mapping[str, Any]) -> list[Statement]:
    """The statements of the deployer's policy.

    Raises:
        UserError: a child is of a type that no row is for.
    """
    return list(needed(endpoint, config, {**SHARED, **ROWS}))


def _function(child: Child, place: Place) -> Iterator[Statement]:
    life = "CreateFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration"
    versions = "PublishVersion ListVersionsByFunction DeleteFunction PutFunctionConcurrency DeleteFunctionConcurrency"
    tags = "ListTags TagResource UntagResource"
    yield allow("Functions", "lambda", f"{life} {versions} {tags}", *_functions(place))
    yield pass_role(child, "role", "lambda.amazonaws.com", place)
    # https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions
    pull = "BatchGetImage GetDownloadUrlForLayer GetRepositoryPolicy"
    yield allow("Images", "ecr", pull, *_repositories(child, place))
    if child.inputs.get("vpcConfig"):  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        yield without_resource("ec2", "DescribeSecurityGroups DescribeSubnets DescribeVpcs")
    if key := child.text("kmsKeyArn"):
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
        via = {"kms:ViaService": f"lambda.{place.region}.amazonaws.com"}
        yield allow("KeysOfFunctions", "kms", "CreateGrant Decrypt Encrypt", key_arn(key, place), StringLike=via)


def _alias(_child: Child, place: Place) -> Iterator[Statement]:
    yield allow("Functions", "lambda", "CreateAlias GetAlias UpdateAlias DeleteAlias", *_functions(place))


def _release(child: Child, place: Place) -> Iterator[Statement]:
    """It calls a new version, moves the traffic to it, and deletes those that are old."""
    own = "GetAlias UpdateAlias InvokeFunction ListVersionsByFunction DeleteFunction GetFunction"
    own += " GetProvisionedConcurrencyConfig"
    yield allow("Functions", "lambda", f"{own} GetFunctionConfiguration", *_functions(place))
    yield from _left_functions(child, place)
    yield see_alarms(place)
    if repository := child.text("repository"):
        own_images = place.arn("ecr", f"repository/{repository}")
        yield allow("Images", "ecr", "DescribeImages BatchDeleteImage", own_images)


def _left_functions(_child: Child, place: Place) -> Iterator[Statement]:
    """Find and delete what a killed command has left."""
    yield without_resource("lambda", "ListFunctions")
    yield allow("Functions", "lambda", "DeleteFunction ListTags", *_functions(place))


def _permission(_child: Child, place: Place) -> Iterator[Statement]:
    yield allow("Functions", "lambda", "AddPermission GetPolicy RemovePermission", *_functions(place))


def _function_url(child: Child, place: Place) -> Iterator[Statement]:
    life = "CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig"
    yield allow("Functions", "lambda", life, *_functions(place))
    yield from _permission(child, place)  # the provider opens a public one to all


def _provisioned(_child: Child, place: Place) -> Iterator[Statement]:
    yield allow("Functions", "lambda", _PROVISIONED, *_functions(place))


def _scalable_target(child: Child, place: Place) -> Iterator[Statement]:
    """Application Auto Scaling asks whether the caller may scale what it shall scale
    (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html)."""
    yield from SHARED[_TARGET](child, place)
    yield from _provisioned(child, place)


def _http_api(_child: Child, place: Place) -> Iterator[Statement]:
    yield from _gateway("apis", place)


def _http_stage(child: Child, place: Place) -> Iterator[Statement]:
    yield from _gateway("apis", place)
    if child.inputs.get("accessLogSettings"):
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
        life = "CreateLogDelivery GetLogDelivery ListLogDeliveries UpdateLogDelivery DeleteLogDelivery"
        yield without_resource("logs", f"{life} DescribeLogGroups DescribeResourcePolicies PutResourcePolicy")


def _rest_api(_child: Child, place: Place) -> Iterator[Statement]:
    yield from _gateway("restapis", place)
    own = [place.arn("apigateway", f"/restapis{below}", owned=False) for below in ("", "/*")]
    yield allow("Gateways", "apigateway", "UpdateRestApiPolicy", *own)


def _gateway(root: str, place: Place) -> Iterator[Statement]:
    """API Gateway gives its APIs their ids, which no name tells; its actions are those of HTTP
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html)."""
    every, below = (place.arn("apigateway", f"/{root}{end}", owned=False) for end in ("", "/*"))
    yield allow("Gateways", "apigateway", "POST", every)
    yield allow("Gateways", "apigateway", "DELETE GET PATCH POST PUT", below)
    yield allow("Gateways", "apigateway", "DELETE GET POST PUT", place.arn("apigateway", "/tags/*", owned=False))


def _vpc_endpoint(child: Child, place: Place) -> Iterator[Statement]:
    own, vpc = place.arn("ec2", "vpc-endpoint/*"), place.arn("ec2", f"vpc/{child.refers('vpcId')}")
    kinds = {"subnet": "subnetIds", "security-group": "securityGroupIds"}
    parts = [place.arn("ec2", f"{kind}/{name}") for kind, key in kinds.items() for name in child.inputs.get(key) or []]
    yield allow("MakeVpcEndpoints", "ec2", "CreateVpcEndpoint", own, vpc, *parts)
    yield allow("ChangeVpcEndpoints", "ec2", "ModifyVpcEndpoint", own, *parts)
    yield allow("VpcEndpoints", "ec2", "CreateTags DeleteTags DeleteVpcEndpoints", own)
    describe = "DescribePrefixLists DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs"
    yield without_resource("ec2", describe)


def _functions(place: Place) -> list[str]:
    """The endpoint's functions, and their versions and aliases."""
    names = [child.named() for child in place.children(_FUNCTION)] or [UNKNOWN]
    return [place.arn("lambda", f"function:{name}{end}") for name in names for end in ("", ":*")]


def _repositories(child: Child, place: Place) -> list[str]:
    """The repository of a function's image, which is given (`ACCOUNT.dkr.ecr.REGION.…/NAME@…`), or made here."""
    registry, _, rest = child.refers("imageUri").partition("@")[0].partition("/")
    parts = registry.split(".")
    if parts[1:3] == ["dkr", "ecr"]:
        return [f"arn:{place.partition}:ecr:{parts[3]}:{parts[0]}:repository/{rest.partition(':')[0]}"]
    own = [place.arn("ecr", f"repository/{made.named()}") for made in place.children(REPOSITORY)]
    return own or [place.arn("ecr", "repository/*")]


def _types(module: str, names: str, row: Row) -> dict[str, Row]:
    """The row of several types of one module of pulumi-aws."""
    return {f"aws:{module}/{name[0].lower()}{name[1:]}:{name}": row for name in names.split()}


ROWS: Mapping[str, Row] = {
    _FUNCTION: _function,
    "aws:lambda/alias:Alias": _alias,
    "pulumi-python:dynamic/modelberth:LambdaFunctions": _left_functions,
    "pulumi-python:dynamic/modelberth:LambdaRelease": _release,
    "aws:lambda/permission:Permission": _permission,
    "aws:lambda/functionUrl:FunctionUrl": _function_url,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _provisioned,
    _TARGET: _scalable_target,
    **_types("apigatewayv2", "Api Authorizer Integration Route", _http_api),
    "aws:apigatewayv2/stage:Stage": _http_stage,
    **_types("apigateway", "Deployment MethodSettings RestApi Stage", _rest_api),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
}
"""By the type of the child; the other types have the rows that all targets share."""
