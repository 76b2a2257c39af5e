"""The resource types of pulumi-aws for HTTP APIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aws_calls import Ask, AwsType, Call, Props, answered

_STAGE = ("apiId", "name", "autoDeploy", "accessLogSettings", "defaultRouteSettings")
_ROUTE = ("apiId", "routeKey", "target", "authorizationType", "authorizerId", "authorizationScopes")
_INTEGRATION = (
    *("apiId", "integrationType", "integrationUri", "integrationMethod", "payloadFormatVersion"),
    "timeoutMilliseconds",
)
_AUTHORIZER = ("apiId", "name", "authorizerType", "identitySources", "jwtConfiguration")
_JWT = {"audiences": "audience", "issuer": "issuer"}


def _stage(props: Props) -> Props:
    """With the ARN of the log group as AWS wants it, without the `:*` behind it."""
    logs = props.get("accessLogSettings")
    if not isinstance(logs, dict):
        return props
    return {**props, "accessLogSettings": {**logs, "destinationArn": logs["destinationArn"].removesuffix(":*")}}


def _no_logs(props: Props) -> Props | None:
    return None if "accessLogSettings" in props else {"apiId": props["apiId"], "name": props["name"]}


def _no_cors(props: Props) -> Props | None:
    return None if "corsConfiguration" in props else {"id": props["id"]}


def _described_stage(ask: Ask, props: Props, described: Props) -> Props:
    """The stage with its address; that of the stage `$default` is the API's own."""
    api = ask("GetApi", {"ApiId": props["apiId"]})
    path = "" if props["name"] == "$default" else props["name"]
    return {**described, "InvokeUrl": f"{api['ApiEndpoint']}/{path}"}


def _authorizer(props: Props) -> Props:
    jwt = props.get("jwtConfiguration")
    if not isinstance(jwt, dict):
        return props
    return {**props, "jwtConfiguration": {_JWT.get(name, name): value for name, value in jwt.items()}}


def _in_api(
    operation: str,
    uses: tuple[str, ...],
    forced: tuple[str, ...] = (),
    renames: Mapping[str, str] | None = None,
    shaped: Callable[[Props], Props] = dict,
    without: Props | None = None,
    named: str | None = None,
) -> AwsType:
    """One kind of part that an API has, which gets an id from AWS; `without` is what an update says of what is left
    out."""
    member = f"{operation}Id"
    return AwsType(
        "apigatewayv2",
        (Call(f"Create{operation}", uses, renames or {}, shaped),),
        (f"Get{operation}", ""),
        f"Delete{operation}",
        lambda props: {"ApiId": props["apiId"], member: props["id"]},
        lambda props: str(props["id"]),
        update=(
            Call(
                f"Update{operation}",
                (*uses, "id"),
                {**(renames or {}), "id": member},
                lambda props: shaped({**(without or {}), **props}),
            ),
        ),
        named=named,
        forces=frozenset({"apiId", *forced}),
        assigned={"id": answered(member)},
    )


TYPES: dict[str, AwsType] = {
    "aws:apigatewayv2/api:Api": AwsType(
        "apigatewayv2",
        (Call("CreateApi", ("name", "protocolType", "description", "corsConfiguration", "tags")),),
        ("GetApi", ""),
        "DeleteApi",
        lambda props: {"ApiId": props["id"]},
        lambda props: str(props["id"]),
        update=(
            Call(
                "UpdateApi",
                ("id", "name", "description", "corsConfiguration"),
                {"id": "ApiId"},
                lambda props: {"description": "", **props},
            ),
            Call("DeleteCorsConfiguration", ("id", "corsConfiguration"), {"id": "ApiId"}, _no_cors),
        ),
        named="name",
        forces=frozenset({"protocolType"}),
        computed={
            "apiEndpoint": "ApiEndpoint",
            "executionArn": "arn:aws:execute-api:{region}:{account}:{id}",
            "arn": "arn:aws:apigateway:{region}::/apis/{id}",
        },
        assigned={"id": answered("ApiId")},
    ),
    "aws:apigatewayv2/integration:Integration": _in_api(
        "Integration",
        _INTEGRATION,
        ("integrationType",),
        renames={"timeoutMilliseconds": "TimeoutInMillis"},
    ),
    "aws:apigatewayv2/route:Route": _in_api(
        "Route", _ROUTE, without={"authorizationType": "NONE", "authorizerId": "", "authorizationScopes": []}
    ),
    "aws:apigatewayv2/authorizer:Authorizer": _in_api(
        "Authorizer",
        _AUTHORIZER,
        renames={"identitySources": "IdentitySource"},
        shaped=_authorizer,
        named="name",
    ),
    "aws:apigatewayv2/stage:Stage": AwsType(
        "apigatewayv2",
        (Call("CreateStage", (*_STAGE, "tags"), {"name": "StageName"}, _stage),),
        ("GetStage", ""),
        "DeleteStage",
        lambda props: {"ApiId": props["apiId"], "StageName": props["name"]},
        lambda props: str(props["name"]),
        update=(
            Call(
                "UpdateStage",
                _STAGE,
                {"name": "StageName"},
                lambda props: _stage({"autoDeploy": False, "defaultRouteSettings": {}, **props}),
            ),
            Call(
                "DeleteAccessLogSettings",
                ("apiId", "name", "accessLogSettings"),
                {"name": "StageName"},
                _no_logs,
                when=("accessLogSettings",),
            ),
        ),
        named="name",
        forces=frozenset({"apiId", "name"}),
        computed={
            "invokeUrl": "InvokeUrl",
            "executionArn": "arn:aws:execute-api:{region}:{account}:{apiId}/{name}",
            "arn": "arn:aws:apigateway:{region}::/apis/{apiId}/stages/{name}",
        },
        seen=_described_stage,
    ),
}
