"""What whoever deploys an endpoint to SageMaker needs
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelberth_platform.aws.deployer import SHARED, see_alarms
from modelberth_platform.aws.needs import Place, Row, key_arn, needed, pass_role, without_resource
from modelberth_platform.aws.policy import Statement, allow
from modelberth_platform.planned import Child, PlannedEndpoint

_TARGET = "aws:appautoscaling/target:Target"
_TAGS = "ListTags AddTags DeleteTags"


def permissions(endpoint: PlannedEndpoint, config: Mapping[str, Any]) -> list[Statement]:
    """The statements of the deployer's policy.

    Raises:
        UserError: a child is of a type that no row is for.
    """
    return list(needed(endpoint, config, {**SHARED, **ROWS}))


def _model(child: Child, place: Place) -> Iterator[Statement]:
    own = _named(place, "model", child.named())
    yield allow("Models", "sagemaker", f"CreateModel DescribeModel DeleteModel {_TAGS}", *own)
    yield pass_role(child, "executionRoleArn", "sagemaker.amazonaws.com", place)


def _configuration(child: Child, place: Place) -> Iterator[Statement]:
    own = _named(place, "endpoint-config", child.named())
    life = "CreateEndpointConfig DescribeEndpointConfig DeleteEndpointConfig"
    yield allow("Configurations", "sagemaker", f"{life} {_TAGS}", *own)
    if key := child.text("kmsKeyArn"):
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
        lent = {"kms:GrantIsForAWSResource": "true"}
        yield allow("KeysOfDisks", "kms", "CreateGrant", key_arn(key, place), Bool=lent)
        yield allow("KeysOfDisks", "kms", "DescribeKey", key_arn(key, place))


def _endpoint(child: Child, place: Place) -> Iterator[Statement]:
    own = _named(place, "endpoint", child.named())
    configurations = _named(place, "endpoint-config", f"{child.refers('prefix')}*")
    yield allow("Endpoints", "sagemaker", f"DescribeEndpoint DeleteEndpoint {_TAGS}", *own)
    yield allow("PutEndpoints", "sagemaker", "CreateEndpoint UpdateEndpoint", *own, *configurations)
    yield from _releases(child, place)
    yield see_alarms(place)
    if repository := child.text("repository"):
        own_images = place.arn("ecr", f"repository/{repository}")
        yield allow("Images", "ecr", "DescribeImages BatchDeleteImage", own_images)


def _releases(child: Child, place: Place) -> Iterator[Statement]:
    """Find and delete the configurations and models that are kept for a way back."""
    prefix = f"{child.refers('prefix')}*"
    kept = _named(place, "endpoint-config", prefix)
    yield allow("Configurations", "sagemaker", "DescribeEndpointConfig DeleteEndpointConfig ListTags", *kept)
    yield allow("Models", "sagemaker", "DescribeModel DeleteModel ListTags", *_named(place, "model", prefix))
    yield without_resource("sagemaker", "ListEndpointConfigs ListModels")


def _scalable_target(child: Child, place: Place) -> Iterator[Statement]:
    """Application Auto Scaling asks whether the caller may scale what it shall scale
    (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html)."""
    yield from SHARED[_TARGET](child, place)
    name = child.refers("resourceId").removeprefix("endpoint/").partition("/")[0]
    scale = "DescribeEndpoint UpdateEndpointWeightsAndCapacities"
    yield allow("Endpoints", "sagemaker", scale, *_named(place, "endpoint", name))
    configurations = _named(place, "endpoint-config", f"{place.endpoint.name}-*")
    yield allow("Configurations", "sagemaker", "DescribeEndpointConfig", *configurations)


def _named(place: Place, kind: str, name: str) -> list[str]:
    """The ARN of what bears that name; SageMaker writes the names in its ARNs in lower case."""
    return [place.arn("sagemaker", f"{kind}/{spelled}") for spelled in sorted({name, name.lower()})]


ROWS: Mapping[str, Row] = {
    "aws:sagemaker/model:Model": _model,
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _configuration,
    "pulumi-python:dynamic/modelberth:SageMakerEndpoint": _endpoint,
    "pulumi-python:dynamic/modelberth:SageMakerReleases": _releases,
    _TARGET: _scalable_target,
}
"""By the type of the child; the other types have the rows that all targets share."""
