"""An HTTP API of API Gateway: a route for each of the bundle's APIs, checked by signature or token
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html)."""

from __future__ import annotations

import math

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.logs import declare_logs
from modelberth.targets.aws.statements import allow
from modelberth.targets.aws_lambda.front import Front, Requests, access_log_format, cors, let_gateway_call
from modelberth.targets.aws_lambda.function import Function
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth_platform.targets.aws_lambda.fronts import routes_of
from modelberth_platform.targets.aws_lambda.names import ACCESS_LOGS

STAGE = "$default"
USUAL_RATE = (10000, 5000)
"""Requests a second and at once: the quotas of an account
(https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""
_AUTHORIZATION = {"iam": "AWS_IAM", "jwt": "JWT", "public": "NONE"}


def declare_http_api(place: LambdaPlace, function: Function) -> Front:
    """Declare the API, its routes and its stage. A path without a route is answered with 404, and never reaches the
    function."""
    pages = cors(place)
    api = aws.apigatewayv2.Api(
        place.child("api"),
        name=place.endpoint_name,
        protocol_type="HTTP",
        description=f"calls the model behind {place.endpoint_name}",
        cors_configuration=aws.apigatewayv2.ApiCorsConfigurationArgs(**pages) if pages else None,
        tags=place.tags(place.public_tags),
        opts=place.opts(depends_on=[function.alias]),  # nothing is half made while Lambda takes its time
    )
    permission = let_gateway_call(place, function, api.id)
    routes = _declare_routes(place, function, api)
    stage = _declare_stage(place, api)
    arn = pulumi.Output.concat(place.arn("execute-api", ""), api.id, f"/{STAGE}/*")
    return Front(
        base_url=pulumi.Output.concat("https://", api.id, f".execute-api.{place.region}.{place.domain}"),
        requests=Requests("AWS/ApiGateway", "Count", "5xx", {"ApiId": api.id, "Stage": STAGE}),
        invoke=[allow("Invoke", ["execute-api:Invoke"], arn)] if place.spec.effective_access.kind == "iam" else [],
        needs=[permission, *routes, stage],
    )


def _declare_routes(place: LambdaPlace, function: Function, api: aws.apigatewayv2.Api) -> list[pulumi.Resource]:
    integration = aws.apigatewayv2.Integration(
        place.child("integration"),
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_method="POST",
        integration_uri=function.alias.arn,
        payload_format_version="2.0",
        timeout_milliseconds=1000 * (math.ceil(place.answer_seconds) + 1),
        opts=place.opts(),
    )
    authorizer = _authorizer(place, api)
    access = place.spec.effective_access
    return [
        aws.apigatewayv2.Route(
            place.child(f"route{path}"),
            api_id=api.id,
            route_key=f"{method} {path}",
            target=pulumi.Output.concat("integrations/", integration.id),
            authorization_type=_AUTHORIZATION[access.kind],
            authorizer_id=authorizer.id if authorizer else None,
            authorization_scopes=access.jwt.scopes or None if access.jwt else None,
            opts=place.opts(),
        )
        for method, path in routes_of(place.spec, place.declaration.facts)
    ]


def _authorizer(place: LambdaPlace, api: aws.apigatewayv2.Api) -> aws.apigatewayv2.Authorizer | None:
    """What checks tokens: signature, issuer, audience and time of each
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html)."""
    jwt = place.spec.effective_access.jwt
    if jwt is None:
        return None
    return aws.apigatewayv2.Authorizer(
        place.child("authorizer"),
        api_id=api.id,
        name="tokens",
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
        jwt_configuration=aws.apigatewayv2.AuthorizerJwtConfigurationArgs(audiences=jwt.audience, issuer=jwt.issuer),
        opts=place.opts(),
    )


def _declare_stage(place: LambdaPlace, api: aws.apigatewayv2.Api) -> aws.apigatewayv2.Stage:
    logs = declare_logs(place, "access-logs", ACCESS_LOGS + place.endpoint_name)
    return aws.apigatewayv2.Stage(
        place.child("stage"),
        api_id=api.id,
        name=STAGE,
        auto_deploy=True,
        access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
            destination_arn=logs.arn, format=access_log_format()
        ),
        default_route_settings=_throttle(place),
        tags=place.tags(),
        opts=place.opts(),
    )


def _throttle(place: LambdaPlace) -> aws.apigatewayv2.StageDefaultRouteSettingsArgs:
    """Always numbers: the provider does not take a setting away that is left out, and empty ones let nothing through
    (https://github.com/pulumi/pulumi-aws/issues/2363)."""
    throttle = place.spec.throttle
    rate, burst = (throttle.requests_per_second, throttle.burst) if throttle else USUAL_RATE
    return aws.apigatewayv2.StageDefaultRouteSettingsArgs(throttling_rate_limit=rate, throttling_burst_limit=burst)
