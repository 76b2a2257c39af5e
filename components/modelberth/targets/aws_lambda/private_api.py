"""A private REST API of API Gateway, which answers behind an interface endpoint of a VPC and nowhere else
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html)."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.logs import declare_logs
from modelberth.targets.aws.statements import document
from modelberth.targets.aws_lambda.front import Front, Requests, access_log_format, let_gateway_call
from modelberth.targets.aws_lambda.function import STREAM_SECONDS, Function
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth_platform.targets.aws_lambda.fronts import routes_of
from modelberth_platform.targets.aws_lambda.names import ACCESS_LOGS

STAGE = "live"
_BODIES = "*/*"
"""Bodies of every kind are carried as bytes: answers to clients that accept anything would otherwise stay base64 text
(https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html)."""


def declare_private_api(place: LambdaPlace, function: Function) -> Front:
    """Declare the endpoint where none is given, the API, a deployment of it and the stage."""
    endpoint = _endpoint_id(place)
    body = pulumi.Output.json_dumps(_openapi(place, function, endpoint), sort_keys=True)
    api = aws.apigateway.RestApi(
        place.child("api"),
        name=place.endpoint_name,
        description=_description(place),
        endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(
            types="PRIVATE", vpc_endpoint_ids=[endpoint]
        ),
        binary_media_types=[_BODIES],
        body=body,
        tags=place.tags(),
        opts=place.opts(depends_on=[function.alias]),  # nothing is half made while Lambda takes its time
    )
    permission = let_gateway_call(place, function, api.id)
    stage = _declare_stage(place, api, body)
    host = pulumi.Output.concat(api.id, "-", endpoint, f".execute-api.{place.region}.{place.domain}")
    dimensions: dict[str, pulumi.Input[str]] = {"ApiName": place.endpoint_name, "Stage": STAGE}
    return Front(
        base_url=pulumi.Output.concat("https://", host, f"/{STAGE}"),
        requests=Requests("AWS/ApiGateway", "Count", "5XXError", dimensions),
        invoke=[],
        needs=[permission, *stage],
    )


def only_through(endpoint: pulumi.Input[str]) -> dict[str, Any]:
    """The API's policy: whoever comes through the endpoint may call, and nobody else, whatever else allows it
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html)."""
    anybody = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": endpoint}}
    return document(
        [
            {"Sid": "CallIt", "Effect": "Allow", **anybody},
            {"Sid": "OnlyThroughItsEndpoint", "Effect": "Deny", **anybody, "Condition": elsewhere},
        ]
    )


def _endpoint_id(place: LambdaPlace) -> pulumi.Input[str]:
    """The interface endpoint that is given, or one in the endpoint's subnets, which leads to APIs of this account."""
    network = place.spec.network
    assert network is not None  # noqa: S101 - the limits require it
    if network.private_endpoint is not None:
        return network.private_endpoint
    subnets = network.subnets or []
    first = aws.ec2.get_subnet_output(id=subnets[0], opts=pulumi.InvokeOutputOptions(parent=place.component))
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": place.arn("execute-api", "*"),
    }
    made = aws.ec2.VpcEndpoint(
        place.child("private-endpoint"),
        vpc_id=first.vpc_id,
        service_name=f"com.amazonaws.{place.region}.execute-api",
        vpc_endpoint_type="Interface",
        subnet_ids=subnets,
        security_group_ids=network.security_groups,
        private_dns_enabled=False,  # it would take over the names of all other APIs in the VPC
        policy=pulumi.Output.json_dumps(document([statement])),
        tags=place.tags(),
        opts=place.opts(),
    )
    return made.id


def _openapi(place: LambdaPlace, function: Function, endpoint: pulumi.Input[str]) -> dict[str, Any]:
    """The API, as API Gateway imports it in place of what it was
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html): routes that are
    left out go, and a policy that changes is deployed with it."""
    seconds = STREAM_SECONDS if place.streams else math.ceil(place.answer_seconds) + 1
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": _invocations(place, function),
        "timeoutInMillis": 1000 * seconds,
        **({"responseTransferMode": "STREAM"} if place.streams else {}),
    }
    paths: dict[str, Any] = {}
    for method, path in routes_of(place.spec, place.declaration.facts):
        paths.setdefault(path, {})[method.lower()] = {"x-amazon-apigateway-integration": integration}
    return {
        "openapi": "3.0.1",
        "info": {"title": place.endpoint_name, "version": "1", "description": _description(place)},
        "paths": paths,
        "x-amazon-apigateway-policy": only_through(endpoint),
        "x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": [endpoint]},
        "x-amazon-apigateway-binary-media-types": [_BODIES],
    }


def _description(place: LambdaPlace) -> str:
    return f"calls the model behind {place.endpoint_name}"


def _invocations(place: LambdaPlace, function: Function) -> pulumi.Output[str]:
    """Where API Gateway calls the alias, for whole answers or for streamed ones."""
    version, kind = ("2021-11-15", "response-streaming-invocations") if place.streams else ("2015-03-31", "invocations")
    service = f"arn:{place.partition}:apigateway:{place.region}:lambda:path/{version}/functions/"
    return pulumi.Output.concat(service, function.alias.arn, f"/{kind}")


def _declare_stage(place: LambdaPlace, api: aws.apigateway.RestApi, body: pulumi.Output[str]) -> list[pulumi.Resource]:
    logs = declare_logs(place, "access-logs", ACCESS_LOGS + place.endpoint_name)
    deployment = aws.apigateway.Deployment(
        place.child("deployment"),
        rest_api=api.id,
        triggers={"routes": body.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
        opts=place.opts(),
    )
    stage = aws.apigateway.Stage(
        place.child("stage"),
        rest_api=api.id,
        deployment=deployment.id,
        stage_name=STAGE,
        access_log_settings=aws.apigateway.StageAccessLogSettingsArgs(
            destination_arn=logs.arn, format=access_log_format()
        ),
        tags=place.tags(),
        opts=place.opts(),
    )
    throttle = place.spec.throttle
    if throttle is None:
        return [stage]
    settings = aws.apigateway.MethodSettings(
        place.child("settings"),
        rest_api=api.id,
        stage_name=stage.stage_name,
        method_path="*/*",
        settings=aws.apigateway.MethodSettingsSettingsArgs(
            throttling_rate_limit=throttle.requests_per_second, throttling_burst_limit=throttle.burst
        ),
        opts=place.opts(),
    )
    return [stage, settings]
