"""What the rest asks of what stands in front of a function, whatever it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.statements import Statement
from modelberth.targets.aws_lambda.function import Function
from modelberth.targets.aws_lambda.place import LambdaPlace


@dataclass(frozen=True)
class Requests:
    """Where CloudWatch counts an endpoint's requests.

    Attributes:
        namespace: of the metrics.
        called: the metric that counts all requests.
        failed: the metric that counts those that ended in a server error.
        dimensions: of both.
    """

    namespace: str
    called: str
    failed: str
    dimensions: dict[str, pulumi.Input[str]]

    def recorded(self) -> dict[str, Any]:
        """What the release records, so that `modelberth status` finds them."""
        return dict(vars(self))


@dataclass(frozen=True)
class Front:
    """What stands in front.

    Attributes:
        base_url: below it are all of the Bento's routes.
        requests: where they are counted.
        invoke: the statements that let an identity call; empty where nobody needs one.
        needs: what must be there before it answers.
    """

    base_url: pulumi.Output[str]
    requests: Requests
    invoke: list[Statement]
    needs: list[pulumi.Resource]


ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "caller": "$context.identity.caller",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "error": "$context.error.message",
}
"""A line for each request, which never has a body or a header in it
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html)."""


def access_log_format() -> str:
    """The format of the access log: one JSON document a line."""
    return json.dumps(ACCESS_LOG)


class Cors(TypedDict):
    """Which pages of browsers may call, as HTTP APIs and function URLs both take it."""

    allow_origins: list[str]
    allow_headers: list[str]
    allow_methods: list[str]
    max_age: int


def cors(place: LambdaPlace) -> Cors | None:
    """The pages that the declaration names."""
    pages = place.spec.cors
    if pages is None:
        return None
    return {
        "allow_origins": pages.origins,
        "allow_headers": pages.headers,
        "allow_methods": ["GET", "POST"],
        "max_age": pages.max_age_seconds,
    }


def let_gateway_call(place: LambdaPlace, function: Function, api: pulumi.Input[str]) -> aws.lambda_.Permission:
    """Let API Gateway call the alias, for this API alone."""
    return aws.lambda_.Permission(
        place.child("permission"),
        action="lambda:InvokeFunction",
        function=function.name,
        qualifier=function.alias.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(place.arn("execute-api", ""), api, "/*/*"),
        opts=place.opts(),
    )
