"""The resource types of pulumi-aws for REST APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aws_calls import Ask, AwsType, Call, Props, answered
from plugin import UNKNOWN

_API = ("name", "description", "policy", "endpointConfiguration", "binaryMediaTypes")
_SETTINGS = {
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "metricsEnabled": "metrics/enabled",
    "loggingLevel": "logging/loglevel",
}
"""The settings of methods, by their paths in the operations of a patch
(https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html)."""


def _replaced(path: str, value: Any) -> Props:
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, float):
        value = f"{value:f}".rstrip("0").rstrip(".")
    return {"op": "replace", "path": path, "value": str(value)}


def _escaped(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


# The API itself


def _api(props: Props) -> Props:
    """The provider has one type of endpoint where the API has a list of one."""
    endpoint = props.get("endpointConfiguration")
    if not isinstance(endpoint, dict):
        return props
    return {**props, "endpointConfiguration": {**endpoint, "types": [endpoint["types"]]}}


def _document(props: Props) -> Props | None:
    return {"id": props["id"], "body": props["body"], "mode": "overwrite"} if "body" in props else None


def _changed_api(before: Props, after: Props) -> Props | None:
    operations = [
        _replaced(f"/{name}", after.get(name, ""))
        for name in ("name", "description", "policy")
        if before.get(name) != after.get(name)
    ]
    operations += _media_types(before.get("binaryMediaTypes") or [], after.get("binaryMediaTypes") or [])
    operations += _endpoint(before.get("endpointConfiguration") or {}, after.get("endpointConfiguration") or {})
    return {"id": after["id"], "patchOperations": operations} if operations else None


def _over_the_document(props: Props) -> Props | None:
    """An import makes the API what its document says; what the resource says besides is set anew."""
    if "body" not in props or UNKNOWN in str(props):
        return None
    document = json.loads(props["body"])
    imported = {
        "name": document["info"]["title"],
        "description": document["info"].get("description"),
        "binaryMediaTypes": document.get("x-amazon-apigateway-binary-media-types"),
        "policy": json.dumps(document["x-amazon-apigateway-policy"])
        if "x-amazon-apigateway-policy" in document
        else None,
        "endpointConfiguration": {
            **{name: value for name, value in props.get("endpointConfiguration", {}).items() if name == "types"},
            **document.get("x-amazon-apigateway-endpoint-configuration", {}),
        },
    }
    return _changed_api(imported, {**imported, **props})


def _media_types(before: list[str], after: list[str]) -> Iterator[Props]:
    if before != after:
        yield from ({"op": "remove", "path": f"/binaryMediaTypes/{_escaped(each)}"} for each in before)
        yield from ({"op": "add", "path": f"/binaryMediaTypes/{_escaped(each)}"} for each in after)


def _endpoint(before: Props, after: Props) -> Iterator[Props]:
    path = "/endpointConfiguration"
    if after and before.get("types") != after["types"]:
        yield _replaced(f"{path}/types/0", after["types"])
    old, new = (set(each.get("vpcEndpointIds") or []) for each in (before, after))
    yield from ({"op": "remove", "path": f"{path}/vpcEndpointIds", "value": each} for each in sorted(old - new))
    yield from ({"op": "add", "path": f"{path}/vpcEndpointIds", "value": each} for each in sorted(new - old))
    if after.get("ipAddressType") and before.get("ipAddressType") != after["ipAddressType"]:
        yield _replaced(f"{path}/ipAddressType", after["ipAddressType"])


# Its stages


def _stage_logs(props: Props) -> Props | None:
    """Terraform creates a stage without its log, which it sets by a patch."""
    return _changed_stage({"deployment": props["deployment"]}, props) if "accessLogSettings" in props else None


def _changed_stage(before: Props, after: Props) -> Props | None:
    operations = []
    if before.get("deployment") != after["deployment"]:
        operations.append(_replaced("/deploymentId", after["deployment"]))
    logs = after.get("accessLogSettings")
    if logs == UNKNOWN:
        return None
    if before.get("accessLogSettings") and not logs:
        operations.append({"op": "remove", "path": "/accessLogSettings"})
    if logs and before.get("accessLogSettings") != logs:
        operations.append(_replaced("/accessLogSettings/destinationArn", logs["destinationArn"].removesuffix(":*")))
        operations.append(_replaced("/accessLogSettings/format", logs["format"]))
    named = {"restApi": after["restApi"], "stageName": after["stageName"]}
    return {**named, "patchOperations": operations} if operations else None


_PATCHED_STAGE = ("restApi", "stageName", "deployment", "accessLogSettings")


def _method_settings(props: Props) -> Props | None:
    """The settings as the operations of a patch of the stage."""
    settings = props["settings"]
    if settings == UNKNOWN:
        return None
    unknown = settings.keys() - _SETTINGS.keys() - {"__defaults"}
    assert not unknown, f"the settings {sorted(unknown)} are not known here"
    path = f"/{props['methodPath']}"
    return {
        **_stage_of(props),
        "patchOperations": [
            _replaced(f"{path}/{how}", settings[name]) for name, how in _SETTINGS.items() if name in settings
        ],
    }


def _stage_of(props: Props) -> Props:
    return {"restApi": props["restApi"], "stageName": props["stageName"]}


def _described_settings(ask: Ask, props: Props, described: Props) -> Props | None:
    settings = described.get("methodSettings", {}).get(props["methodPath"].replace("~1", "/"))
    return {"settings": settings} if settings else None


_METHODS = Call(
    "UpdateStage", ("restApi", "stageName", "methodPath", "settings"), {"restApi": "restApiId"}, _method_settings
)

TYPES: dict[str, AwsType] = {
    "aws:apigateway/restApi:RestApi": AwsType(
        "apigateway",
        (
            Call("CreateRestApi", (*_API, "tags"), shaped=_api),
            Call("PutRestApi", ("id", "body"), {"id": "restApiId"}, _document, when=("body",)),
            Call("UpdateRestApi", ("id", "body", *_API), {"id": "restApiId"}, _over_the_document, when=("body",)),
        ),
        ("GetRestApi", ""),
        "DeleteRestApi",
        lambda props: {"restApiId": props["id"]},
        lambda props: str(props["id"]),
        update=(
            Call("UpdateRestApi", ("id", *_API), {"id": "restApiId"}, differing=_changed_api, when=_API),
            Call("PutRestApi", ("id", "body"), {"id": "restApiId"}, _document, when=("body",)),
            Call("UpdateRestApi", ("id", "body", *_API), {"id": "restApiId"}, _over_the_document, when=("body",)),
        ),
        named="name",
        ignored=frozenset({"putRestApiMode"}),
        computed={
            "rootResourceId": "rootResourceId",
            "executionArn": "arn:aws:execute-api:{region}:{account}:{id}",
            "arn": "arn:aws:apigateway:{region}::/restapis/{id}",
        },
        assigned={"id": answered("id")},
    ),
    "aws:apigateway/deployment:Deployment": AwsType(
        "apigateway",
        (Call("CreateDeployment", ("restApi", "description"), {"restApi": "restApiId"}),),
        ("GetDeployment", ""),
        "DeleteDeployment",
        lambda props: {"restApiId": props["restApi"], "deploymentId": props["id"]},
        lambda props: str(props["id"]),
        update=(
            Call(
                "UpdateDeployment",
                ("restApi", "id", "description"),
                {"restApi": "restApiId", "id": "deploymentId"},
                lambda props: {
                    **{name: props[name] for name in ("restApi", "id")},
                    "patchOperations": [_replaced("/description", props.get("description", ""))],
                },
            ),
        ),
        forces=frozenset({"restApi", "triggers"}),
        ignored=frozenset({"triggers"}),
        assigned={"id": answered("id")},
    ),
    "aws:apigateway/stage:Stage": AwsType(
        "apigateway",
        (
            Call(
                "CreateStage",
                ("restApi", "deployment", "stageName", "tags"),
                {"restApi": "restApiId", "deployment": "deploymentId"},
            ),
            Call("UpdateStage", _PATCHED_STAGE, {"restApi": "restApiId"}, _stage_logs, when=("accessLogSettings",)),
        ),
        ("GetStage", ""),
        "DeleteStage",
        lambda props: {"restApiId": props["restApi"], "stageName": props["stageName"]},
        lambda props: f"ags-{props['restApi']}-{props['stageName']}",
        update=(Call("UpdateStage", _PATCHED_STAGE, {"restApi": "restApiId"}, differing=_changed_stage),),
        forces=frozenset({"restApi", "stageName"}),
        computed={
            "invokeUrl": "https://{restApi}.execute-api.{region}.amazonaws.com/{stageName}",
            "executionArn": "arn:aws:execute-api:{region}:{account}:{restApi}/{stageName}",
            "arn": "arn:aws:apigateway:{region}::/restapis/{restApi}/stages/{stageName}",
        },
    ),
    "aws:apigateway/methodSettings:MethodSettings": AwsType(
        "apigateway",
        (_METHODS,),
        ("GetStage", ""),
        "UpdateStage",
        lambda props: {
            "restApiId": props["restApi"],
            "stageName": props["stageName"],
            "patchOperations": [{"op": "remove", "path": f"/{props['methodPath']}"}],
        },
        lambda props: f"{props['restApi']}-{props['stageName']}-{props['methodPath']}",
        update=(_METHODS,),
        forces=frozenset({"restApi", "stageName", "methodPath"}),
        sought=lambda props: {"restApiId": props["restApi"], "stageName": props["stageName"]},
        seen=_described_settings,
    ),
}
