"""Adds what moto lacks, each piece after AWS's documentation: of SageMaker here, of others in `moto_*.py`.

With moto, every call succeeds at once; here an endpoint goes through its states, one each time it is described.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.sagemaker import models, responses
from moto.sagemaker.exceptions import ValidationError
from moto.servicequotas.responses import ServiceQuotasResponse

from engine import moto_calls, moto_http_api, moto_lambda, moto_network, moto_rest_api
from engine.fate import FATE, Fate, failing, lasting

__all__ = ["FATE", "Fate", "failing", "lasting", "patch"]


def patch() -> None:
    """Patch moto, unless it is patched already."""
    if hasattr(responses.SageMakerResponse, "update_endpoint"):
        return
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html has more types than moto
    models.FakeEndpointConfig.validate_instance_type = lambda self, instance_type: None
    responses.SageMakerResponse.update_endpoint = _update_endpoint
    responses.SageMakerResponse.create_endpoint = _create_endpoint
    responses.SageMakerResponse.describe_endpoint = _describe_endpoint
    responses.SageMakerResponse.delete_endpoint = _delete_endpoint
    responses.SageMakerResponse.create_endpoint_config = _create_endpoint_config
    responses.SageMakerResponse.delete_endpoint_config = _delete_endpoint_config
    responses.SageMakerResponse.create_model = _with_isolation(responses.SageMakerResponse.create_model)
    models.SageMakerModelBackend.add_tags = _add_tags
    ServiceQuotasResponse.list_service_quotas = _list_service_quotas
    for other in (moto_calls, moto_lambda, moto_http_api, moto_rest_api, moto_network):
        other.patch()


def _update_endpoint(self: Any) -> ActionResult:
    """Answer as https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html says."""
    backend, name = self.sagemaker_backend, self._get_param("EndpointName")
    request = dict(self._get_params())
    FATE.updates.append(request)
    backend.describe_endpoint(name)  # raises where there is none
    endpoint = backend.endpoints[name]
    if endpoint.endpoint_status not in ("InService", "UpdateRollbackFailed"):
        raise ValidationError(message=f"Cannot update in-progress endpoint {name!r}.")
    config = backend.describe_endpoint_config(request["EndpointConfigName"])
    was_serverless, is_serverless = (
        _serverless(endpoint),
        any("ServerlessConfig" in each for each in config["ProductionVariants"]),
    )
    if was_serverless != is_serverless:
        raise ValidationError(message="Cannot update endpoint from instance based to serverless or back.")
    _refuse_unknown_alarms(self, request)

    def served() -> None:
        variants = endpoint._process_production_variants(config["ProductionVariants"])
        excluded = [kind["VariantPropertyType"] for kind in request.get("ExcludeRetainedVariantProperties") or []]
        if request.get("RetainAllVariantProperties"):
            _retain(endpoint.production_variants, variants, excluded)
        endpoint.endpoint_config_name = config["EndpointConfigName"]
        endpoint.production_variants = variants
        endpoint.last_deployment_config = request.get("DeploymentConfig")
        endpoint.failure_reason = None

    def gone_back() -> None:
        endpoint.failure_reason = FATE.reason

    rolled_back = [("Updating", None), ("RollingBack", None), ("InService", gone_back)]
    _go(endpoint, rolled_back if FATE.reason else [("Updating", None), ("InService", served)])
    return ActionResult({"EndpointArn": endpoint.arn})


def _create_endpoint(self: Any) -> ActionResult:
    """Answer as https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html says."""
    name = self._get_param("EndpointName")
    if name in self.sagemaker_backend.endpoints:
        raise ValidationError(message=f"Cannot create already existing endpoint {name!r}.")
    endpoint = self.sagemaker_backend.create_endpoint(
        endpoint_name=name,
        endpoint_config_name=self._get_param("EndpointConfigName"),
        tags=self._get_param("Tags"),
    )

    def failed() -> None:
        endpoint.failure_reason = FATE.reason

    _go(endpoint, [("Creating", None), ("Failed", failed) if FATE.reason else ("InService", None)])
    return ActionResult({"EndpointArn": endpoint.arn})


def _go(endpoint: Any, states: list[tuple[str, Callable[[], None] | None]]) -> None:
    endpoint.endpoint_status, endpoint.coming = states[0][0], [states[0]] * (FATE.lasting - 1) + states[1:]


def _describe_endpoint(self: Any) -> ActionResult:
    """Answer as https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html says."""
    name = self._get_param("EndpointName")
    backend = self.sagemaker_backend
    description = dict(backend.describe_endpoint(name))
    endpoint = backend.endpoints[name]
    if endpoint.coming:
        endpoint.endpoint_status, on_arrival = endpoint.coming.pop(0)
        if on_arrival is not None:
            on_arrival()
        endpoint.last_modified_time = utcnow()
        if endpoint.endpoint_status == "Deleted":
            backend.delete_endpoint(name)
    config = backend.endpoint_configs.get(endpoint.endpoint_config_name)
    if config is not None and config.async_inference_config:
        description["AsyncInferenceConfig"] = config.async_inference_config
    description["LastDeploymentConfig"] = getattr(endpoint, "last_deployment_config", None)
    description.pop("Coming", None)
    return ActionResult({key: value for key, value in description.items() if value is not None})


def _delete_endpoint(self: Any) -> ActionResult:
    """Answer as https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpoint.html says."""
    name = self._get_param("EndpointName")
    self.sagemaker_backend.describe_endpoint(name)
    _go(self.sagemaker_backend.endpoints[name], [("Deleting", None), ("Deleted", None)])
    return ActionResult({})


def _create_endpoint_config(self: Any) -> ActionResult:
    """Keep the shadows, which moto drops (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html)."""
    backend, shadows = self.sagemaker_backend, self._get_param("ShadowProductionVariants")
    if self._get_param("EndpointConfigName") in backend.endpoint_configs:
        raise ValidationError(message="Cannot create already existing endpoint configuration.")
    backend.validate_production_variants(shadows or [])
    config = backend.create_endpoint_config(
        endpoint_config_name=self._get_param("EndpointConfigName"),
        async_inference_config=self._get_param("AsyncInferenceConfig"),
        production_variants=self._get_param("ProductionVariants"),
        data_capture_config=self._get_param("DataCaptureConfig"),
        tags=self._get_param("Tags"),
        kms_key_id=self._get_param("KmsKeyId"),
    )
    config.shadow_production_variants = shadows or None
    return ActionResult({"EndpointConfigArn": config.endpoint_config_arn})


def _delete_endpoint_config(self: Any) -> ActionResult:
    """Refuse to delete a configuration in use, though SageMaker itself does not.

    "You must not delete an EndpointConfig in use by an endpoint that is live", says
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpointConfig.html.
    """
    name = self._get_param("EndpointConfigName")
    users = [each for each in self.sagemaker_backend.endpoints.values() if each.endpoint_config_name == name]
    if users:
        raise ValidationError(message=f"The endpoint configuration {name!r} is in use by {users[0].endpoint_name!r}.")
    self.sagemaker_backend.delete_endpoint_config(name)
    return ActionResult({})


def _with_isolation(create_model: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """Keep the network isolation, which moto drops (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html)."""

    def patched(self: Any) -> ActionResult:
        answer = create_model(self)
        model = self.sagemaker_backend.describe_model(self._get_param("ModelName"))
        model.enable_network_isolation = bool(self._get_param("EnableNetworkIsolation"))
        return answer

    return patched


def _add_tags(self: Any, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
    """Overwrite tags of the same key (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html)."""
    resource = self._get_resource_from_arn(arn)
    new_keys = {tag["Key"] for tag in tags}
    resource.tags = [*(tag for tag in resource.tags if tag["Key"] not in new_keys), *tags]
    return list(resource.tags)


def _list_service_quotas(self: Any) -> str:
    """Answer with one quota a page
    (https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html)."""
    request = json.loads(self.body)
    assert request["ServiceCode"] in ("sagemaker", "lambda")
    quotas = sorted(FATE.quotas.items())
    start = int(request.get("NextToken") or 0)
    page = [{"QuotaName": name, "Value": value} for name, value in quotas[start : start + 1]]
    next_page = {"NextToken": str(start + 1)} if start + 1 < len(quotas) else {}
    return json.dumps({"Quotas": page, **next_page})


def _serverless(endpoint: Any) -> bool:
    return any("CurrentServerlessConfig" in each for each in endpoint.production_variants)


def _retain(before: list[dict[str, Any]], after: list[dict[str, Any]], excluded: list[str]) -> None:
    properties = {"DesiredInstanceCount": "InstanceCount", "DesiredWeight": "Weight"}
    old = {variant["VariantName"]: variant for variant in before}
    for variant in after:
        for kind, what in properties.items():
            if kind not in excluded and variant["VariantName"] in old:
                for when in ("Current", "Desired"):
                    if f"{when}{what}" in old[variant["VariantName"]]:
                        variant[f"{when}{what}"] = old[variant["VariantName"]][f"{when}{what}"]


def _refuse_unknown_alarms(response: Any, request: dict[str, Any]) -> None:
    """Refuse alarms that do not exist
    (https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html)."""
    from moto.cloudwatch.models import cloudwatch_backends

    watched = (request.get("DeploymentConfig") or {}).get("AutoRollbackConfiguration", {}).get("Alarms", [])
    alarms = cloudwatch_backends[response.current_account][response.region].alarms
    missing = [alarm["AlarmName"] for alarm in watched if alarm["AlarmName"] not in alarms]
    if missing:
        raise ValidationError(message=f"Could not find alarms {missing}.")
