"""HTTP APIs as AWS documents them, where moto is more lenient or knows less
(https://docs.aws.amazon.com/apigatewayv2/latest/api-reference)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.apigateway import urls as rest_urls
from moto.apigatewayv2 import urls
from moto.apigatewayv2.exceptions import BadRequestException
from moto.apigatewayv2.models import Stage
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.core.responses import TYPE_RESPONSE
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random

from engine.moto_gateway_errors import conflict, refuse_log_group

Answering = Callable[[Any], TYPE_RESPONSE]
_STAGE_TAGS = "{0}/v2/tags/(?P<arn_pt1>[^/]+)/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)$"
_OTHER_PATHS = (
    _STAGE_TAGS,
    "{0}/v2/apis/(?P<api_id>[^/]+)/deployments$",
    "{0}/v2/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)/accesslogsettings$",
)


def patch() -> None:
    answers = ApiGatewayV2Response
    for name in ("create_route", "update_route"):
        setattr(answers, name, _after(_refuse_route, getattr(answers, name)))
    for name in ("create_integration", "update_integration"):
        setattr(answers, name, _after(_refuse_integration, getattr(answers, name)))
    for name, refuse in {
        "create_stage": _refuse_stage,
        "delete_integration": _refuse_integration_in_use,
        "delete_authorizer": _refuse_authorizer_in_use,
        "create_authorizer": _refuse_authorizer,
    }.items():
        setattr(answers, name, _after(refuse, getattr(answers, name)))
    for name, answer in {
        "update_stage": _update_stage,
        "delete_access_log_settings": _delete_access_log_settings,
        "create_deployment": _create_deployment,
        "tag_resource": _with_stages(answers.tag_resource, _tag_stage),
        "untag_resource": _with_stages(answers.untag_resource, _untag_stage),
    }.items():
        setattr(answers, name, answer)
    for path in _OTHER_PATHS:
        urls.url_paths[path] = rest_urls.url_paths[path] = answers.dispatch


def _after(refuse: Callable[[Any, Any, dict[str, Any]], None], answer: Answering) -> Answering:
    """Refuse first what `refuse` refuses, given the API and what is wanted of it."""

    def answering(self: Any) -> TYPE_RESPONSE:
        refuse(self, _api(self), json.loads(self.body) if self.body else {})
        return answer(self)

    return answering


def _api(self: Any) -> Any:
    parts = self.path.split("/")
    return self.apigatewayv2_backend.get_api(parts[parts.index("apis") + 1])


def _last(self: Any) -> str:
    return str(unquote(self.path.rsplit("/", 1)[-1]))


def _refuse_route(self: Any, api: Any, wanted: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html"""
    target = wanted.get("target")
    if target:
        kind, _, integration = target.partition("/")
        if kind != "integrations" or integration not in api.integrations:
            raise BadRequestException(f"Unable to find Integration by ID {integration} for the target {target}")
    known = api.routes.get(_last(self))
    key = wanted.get("routeKey")
    if key and any(route.route_key == key for route in api.routes.values() if route is not known):
        raise conflict(f"Route with key {key} already exists for this API")
    kind = wanted.get("authorizationType") or (known.authorization_type if known else "NONE")
    authorizer = wanted.get("authorizerId") or (known.authorizer_id if known else None)
    if kind in ("JWT", "CUSTOM") and authorizer not in api.authorizers:
        raise BadRequestException(
            f"Invalid authorizer ID specified. Setting the authorization type to {kind} requires a valid authorizer."
        )
    if wanted.get("authorizationScopes") and kind != "JWT":
        raise BadRequestException("Authorization scopes are only supported for the authorization type JWT")


def _refuse_integration(self: Any, api: Any, wanted: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html: "Maximum integration timeout:
    30 seconds"; https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    timeout = wanted.get("timeoutInMillis")
    if timeout is not None and not 50 <= timeout <= 30000:
        raise BadRequestException("Timeout should be between 50 ms and 30000 ms")
    if wanted.get("payloadFormatVersion") not in (None, "1.0", "2.0"):
        raise BadRequestException("Invalid PayloadFormatVersion specified. Valid options are 1.0,2.0")
    if wanted.get("integrationType") == "AWS_PROXY" and "payloadFormatVersion" not in wanted:
        raise BadRequestException("PayloadFormatVersion is a required parameter for integration")


def _refuse_stage(self: Any, api: Any, wanted: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"""
    if wanted.get("stageName") in api.stages:
        raise conflict("Stage already exists")
    _refuse_logs(self, wanted)


def _refuse_logs(self: Any, wanted: dict[str, Any]) -> None:
    logs = wanted.get("accessLogSettings")
    if logs:
        groups = logs_backends[self.current_account][self.region].groups
        refuse_log_group(logs.get("destinationArn", ""), groups, BadRequestException)
        if not logs.get("format"):
            raise BadRequestException("Access Log Format must not be empty")


def _refuse_integration_in_use(self: Any, api: Any, wanted: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html"""
    _refuse_in_use(api, "Integration", _last(self), lambda route: (route.target or "").rpartition("/")[2])


def _refuse_authorizer_in_use(self: Any, api: Any, wanted: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers-authorizerid.html"""
    _refuse_in_use(api, "Authorizer", _last(self), lambda route: route.authorizer_id)


def _refuse_in_use(api: Any, what: str, id_: str, used: Callable[[Any], str | None]) -> None:
    routes = [route.route_key for route in api.routes.values() if used(route) == id_]
    if routes:
        raise conflict(f"Cannot delete {what} '{id_}' due to its use by the routes {routes}")


def _refuse_authorizer(self: Any, api: Any, wanted: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"""
    jwt = wanted.get("jwtConfiguration") or {}
    if wanted.get("authorizerType") == "JWT" and not (jwt.get("issuer") and jwt.get("audience")):
        raise BadRequestException("JWT authorizers need an issuer and an audience")


def _update_stage(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html#UpdateStage"""
    wanted = json.loads(self.body)
    stage = _api(self).get_stage(_last(self))
    _refuse_logs(self, wanted)
    changed = Stage(_api(self), {**stage.config, **wanted, "stageName": stage.name, "tags": stage.tags})
    changed.created = stage.created
    _api(self).stages[stage.name] = changed
    return 200, {}, json.dumps(changed.to_json())


def _delete_access_log_settings(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-accesslogsettings.html"""
    stage = _api(self).get_stage(unquote(self.path.split("/")[-2]))
    stage.access_log_settings = None
    stage.config.pop("accessLogSettings", None)
    return 204, {"status": 204}, ""


def _create_deployment(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html#CreateDeployment"""
    wanted = json.loads(self.body) if self.body else {}
    if not _api(self).routes:
        raise BadRequestException("At least one route is required before deploying the Api.")
    if wanted.get("stageName"):
        _api(self).get_stage(wanted["stageName"])
    made = {"deploymentId": mock_random.get_random_hex(6), "deploymentStatus": "DEPLOYED", "autoDeployed": False}
    return 201, {"status": 201}, json.dumps({**made, "description": wanted.get("description")})


def _with_stages(answer: Answering, for_stage: Callable[[Any, Any], None]) -> Answering:
    """Tags of a stage too, which moto does not know."""

    def answering(self: Any) -> TYPE_RESPONSE:
        arn = unquote(self.path.split("/tags/")[1])
        if "/stages/" not in arn:
            return answer(self)
        api, _, stage = arn.partition("/apis/")[2].partition("/stages/")
        for_stage(self, self.apigatewayv2_backend.get_api(api).get_stage(stage))
        return 201, {}, "{}"

    return answering


def _tag_stage(self: Any, stage: Any) -> None:
    stage.tags = {**stage.tags, **json.loads(self.body)["tags"]}


def _untag_stage(self: Any, stage: Any) -> None:
    removed = self.querystring.get("tagKeys") or []
    stage.tags = {key: value for key, value in stage.tags.items() if key not in removed}
