"""REST APIs as AWS documents them, where moto is more lenient or knows less
(https://docs.aws.amazon.com/apigateway/latest/api)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.apigateway import urls
from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.models import APIGatewayBackend, RestAPI, Stage
from moto.apigateway.responses import APIGatewayResponse
from moto.core.responses import TYPE_RESPONSE
from moto.ec2.models import ec2_backends
from moto.logs.models import logs_backends

from engine.moto_gateway_errors import refuse_log_group
from engine.moto_rest_import import imported

_NO_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"


def patch() -> None:
    backend: Any = APIGatewayBackend
    backend.put_rest_api = imported
    backend.create_deployment = _deployed(backend.create_deployment)
    backend.create_stage = _staged(backend.create_stage)
    backend.update_stage = _updated_stage(backend.update_stage)
    RestAPI.delete_deployment = _delete_deployment
    RestAPI.apply_patch_operations = _patch_api
    Stage.apply_operations = _patched_stage(Stage.apply_operations)
    answers: Any = APIGatewayResponse
    answers.create_rest_api = _with_media_types(answers.create_rest_api)
    answers.update_deployment = _update_deployment
    answers.get_tags, answers.tag_resource, answers.untag_resource = _get_tags, _tag_resource, _untag_resource
    whole = "{0}/tags/arn:(?P<partition>[^/]+):apigateway:(?P<region_name>[^/]+)::/restapis/(?P<function_id>[^/]+)$"
    urls.url_paths[whole] = answers.dispatch


def _with_media_types(create: Callable[[Any], TYPE_RESPONSE]) -> Callable[[Any], TYPE_RESPONSE]:
    """Keep the binary media types, which moto drops
    (https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html)."""

    def creating(self: Any) -> TYPE_RESPONSE:
        wanted = json.loads(self.body)
        _refuse_endpoint(self.backend, wanted.get("endpointConfiguration") or {})
        status, headers, body = create(self)
        api = self.backend.get_rest_api(json.loads(body)["id"])
        api.binaryMediaTypes = list(wanted.get("binaryMediaTypes") or [])
        return status, headers, json.dumps(api.to_dict())

    return creating


def _refuse_endpoint(backend: Any, endpoint: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html"""
    if endpoint.get("types") == ["PRIVATE"] and endpoint.get("ipAddressType") == "ipv4":
        raise BadRequestException("Only dualstack ipAddressType is supported for Private APIs.")
    if endpoint.get("vpcEndpointIds") and endpoint.get("types") != ["PRIVATE"]:
        raise BadRequestException("VPCEndpoints can only be specified with PRIVATE apis.")
    for each in endpoint.get("vpcEndpointIds") or []:
        if each not in ec2_backends[backend.account_id][backend.region_name].vpc_end_points:
            raise BadRequestException(f"Invalid VPC endpoint {each}: there is none in this region")


def _patch_api(self: Any, patch_operations: list[dict[str, str]]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateRestApi-Patch"""
    for operation in patch_operations:
        _, part, *rest = operation["path"].split("/")
        key = "/".join(rest).replace("~1", "/").replace("~0", "~")
        value = operation.get("value", "")
        match part:
            case "name" | "description" | "policy":
                setattr(self, part, value)
            case "binaryMediaTypes":
                _patch_list(self.binaryMediaTypes, operation["op"], key)
            case "endpointConfiguration" if key == "vpcEndpointIds":
                _patch_list(self.endpoint_configuration.setdefault(key, []), operation["op"], value)
            case "endpointConfiguration":
                changed = {"types": [value]} if key == "types/0" else {key: value}
                self.endpoint_configuration.update(changed)
            case _:
                raise BadRequestException(f"Invalid patch path {operation['path']}")


def _patch_list(known: list[str], operation: str, value: str) -> None:
    if operation == "add" and value not in known:
        known.append(value)
    if operation == "remove":
        if value not in known:
            raise BadRequestException(f"Invalid patch value {value}: there is none to remove")
        known.remove(value)


def _deployed(deploy: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html: a private API
    cannot be deployed without a resource policy."""

    def deploying(self: Any, function_id: str, *more: Any, **named: Any) -> Any:
        api = self.get_rest_api(function_id)
        if api.endpoint_configuration.get("types") == ["PRIVATE"] and not api.policy:
            raise BadRequestException("Private REST API doesn't have a resource policy attached to it")
        deployment = deploy(self, function_id, *more, **named)
        deployment.document = getattr(api, "document", None)
        return deployment

    return deploying


def _delete_deployment(self: Any, deployment_id: str) -> Any:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteDeployment.html"""
    self.get_deployment(deployment_id)
    if any(stage.deployment_id == deployment_id for stage in self.stages.values()):
        raise BadRequestException("Active stages pointing to this deployment must be moved or deleted")
    return self.deployments.pop(deployment_id)


def _update_deployment(self: Any) -> str:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateDeployment.html"""
    _, _, api, _, id_ = self.path.split("/")
    deployment = self.backend.get_deployment(api, id_)
    for operation in json.loads(self.body)["patchOperations"]:
        deployment.description = operation["value"]
    return json.dumps(deployment.to_json())


def _staged(create: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html"""

    def creating(self: Any, function_id: str, stage_name: str, deployment: str, **named: Any) -> Any:
        _refuse_unknown_deployment(self.get_rest_api(function_id), deployment)
        return create(self, function_id, stage_name, deployment, **named)

    return creating


def _refuse_unknown_deployment(api: Any, deployment: str) -> None:
    if deployment not in api.deployments:
        raise BadRequestException("Deployment id does not exist")


def _updated_stage(update: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a log without the account's role, or to no log group
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html)."""

    def updating(self: Any, function_id: str, stage_name: str, patch_operations: list[dict[str, str]]) -> Any:
        for operation in patch_operations:
            path, value = operation["path"], operation.get("value", "")
            if path == "/deploymentId":
                _refuse_unknown_deployment(self.get_rest_api(function_id), value)
            if operation["op"] != "replace":
                continue
            logs = path.startswith("/accessLogSettings") or (path.endswith("/logging/loglevel") and value != "OFF")
            if logs and not self.account.cloudwatch_role_arn:
                raise BadRequestException(_NO_ROLE)
            if path == "/accessLogSettings/destinationArn":
                groups = logs_backends[self.account_id][self.region_name].groups
                refuse_log_group(value, groups, BadRequestException)
        return update(self, function_id, stage_name, patch_operations)

    return updating


def _patched_stage(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Remove the settings of methods too, which moto does not
    (https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch)."""

    def applying(self: Any, patch_operations: list[dict[str, str]]) -> Any:
        rest = []
        for operation in patch_operations:
            method = operation["path"].removeprefix("/")
            if operation["op"] == "remove" and not method.startswith("accessLogSettings"):
                if method not in self.method_settings:
                    raise BadRequestException(
                        f"Cannot remove method setting {method} because there is no method setting for this method "
                    )
                del self.method_settings[method]
            else:
                rest.append(operation)
        return apply(self, rest)

    return applying


def _tagged(self: Any) -> Any:
    """The API or stage that a request about tags names."""
    path = unquote(self.path.split("/tags/")[1]).partition("/restapis/")[2]
    api, _, stage = path.partition("/stages/")
    return self.backend.get_stage(api, stage) if stage else self.backend.get_rest_api(api)


def _get_tags(self: Any) -> str:
    return json.dumps({"tags": _tagged(self).tags or {}})


def _tag_resource(self: Any) -> TYPE_RESPONSE:
    tagged = _tagged(self)
    tagged.tags = {**(tagged.tags or {}), **json.loads(self.body)["tags"]}
    return 204, {"status": 204}, ""


def _untag_resource(self: Any) -> TYPE_RESPONSE:
    tagged, removed = _tagged(self), self.querystring.get("tagKeys") or []
    tagged.tags = {key: value for key, value in (tagged.tags or {}).items() if key not in removed}
    return 204, {"status": 204}, ""
