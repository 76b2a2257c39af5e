"""The resource types of pulumi-aws for Lambda."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection

from aws_calls import ALL, Ask, AwsType, Call, Props

_CODE = ("imageUri", "architectures")
_CONFIGURATION = (
    *("role", "description", "imageConfig", "memorySize", "timeout", "ephemeralStorage", "environment"),
    *("loggingConfig", "vpcConfig", "kmsKeyArn"),
)
_WITHOUT: Props = {
    "description": "",
    "imageConfig": {},
    "memorySize": 128,
    "timeout": 3,
    "environment": {"variables": {}},
    "loggingConfig": {"logFormat": "Text"},
    "vpcConfig": {"subnetIds": [], "securityGroupIds": []},
    "kmsKeyArn": "",
}
"""What an update says of the properties that are left out."""
_OUTPUTS_OF_A_VERSION = ("version", "qualifiedArn", "qualifiedInvokeArn")


def _function(props: Props) -> Props:
    code = {"imageUri": props["imageUri"]} if "imageUri" in props else {}
    members = {name: value for name, value in props.items() if name != "imageUri"}
    return {**_with_command(members), "code": code, "publish": props.get("publish", False)}


def _with_command(props: Props) -> Props:
    """AWS calls the commands of an image `Command`."""
    if not isinstance(props.get("imageConfig"), dict):
        return props
    image = {"command" if name == "commands" else name: value for name, value in props["imageConfig"].items()}
    return {**props, "imageConfig": image}


def _concurrency(props: Props) -> Props | None:
    return props if props.get("reservedConcurrentExecutions", -1) >= 0 else None


def _no_concurrency(props: Props) -> Props | None:
    return {"name": props["name"]} if _concurrency(props) is None else None


def _version(props: Props) -> Props | None:
    return {"name": props["name"]} if props.get("publish") else None


def _described_function(ask: Ask, props: Props, described: Props) -> Props:
    """The function, and the last of its versions: $LATEST where none is published."""
    latest = ask("ListVersionsByFunction", {"FunctionName": props["name"]})["Versions"][-1]
    return {
        **described["Configuration"],
        "ImageUri": described["Code"]["ImageUri"],
        "ReservedConcurrentExecutions": described.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
        "LatestVersion": latest["Version"],
        "LatestArn": latest["FunctionArn"],
        **_addresses(described["Configuration"]["FunctionArn"], latest["FunctionArn"]),
    }


def _addresses(function: str, version: str) -> Props:
    """Under which gateways invoke it; the function of the region that its ARN tells."""
    gateways = f"arn:aws:apigateway:{function.split(':')[3]}:lambda:path"
    return {
        "InvokeArn": f"{gateways}/2015-03-31/functions/{function}/invocations",
        "LatestInvokeArn": f"{gateways}/2015-03-31/functions/{version}/invocations",
        "StreamingInvokeArn": f"{gateways}/2021-11-15/functions/{function}/response-streaming-invocations",
    }


def _function_is_settled(ask: Ask, props: Props) -> bool:
    """Terraform waits for the function after each call, but not for a version that it has published."""
    described = ask("GetFunctionConfiguration", {"FunctionName": props["name"]})
    return described["State"] != "Pending" and described.get("LastUpdateStatus") != "InProgress"


def _renewed(changed: Collection[str], after: Props) -> Collection[str]:
    published = after.get("publish") and not {*_CODE, *_CONFIGURATION, "publish"}.isdisjoint(changed)
    return _OUTPUTS_OF_A_VERSION if published else ()


def _statement(ask: Ask, props: Props, described: Props) -> Props | None:
    """The statement in the policy of the function, or of the alias or version that the qualifier names."""
    statements = json.loads(described["Policy"])["Statement"]
    return next((each for each in statements if each["Sid"] == props["statementId"]), None)


def _qualified(props: Props, function: str) -> Props:
    named = {"FunctionName": props[function]}
    return {**named, "Qualifier": props["qualifier"]} if props.get("qualifier") else named


def _open_to_all(statement: str, action: str, condition: Props) -> Call:
    """One of the statements that Terraform adds to a URL for all; they stay when the URL goes
    (https://github.com/hashicorp/terraform-provider-aws/pull/44858)."""

    def shaped(props: Props) -> Props | None:
        if props["authorizationType"] != "NONE":
            return None
        of_function = {name: props[name] for name in ("functionName", "qualifier") if name in props}
        return {**of_function, "statementId": statement, "action": action, "principal": "*", **condition}

    uses = ("functionName", "qualifier", "authorizationType")
    return Call("AddPermission", uses, {}, shaped, done_already="ResourceConflictException")


def _alias(props: Props) -> Props:
    """Terraform's routing is a list of one, which has the weights by version."""
    weights = (props.get("routingConfig") or {}).get("additionalVersionWeights") or {}
    return {**props, "routingConfig": {"additionalVersionWeights": weights}}


_ALIAS = ("name", "functionName", "functionVersion", "description", "routingConfig")
_URL_MEMBERS = ("functionName", "qualifier", "authorizationType", "invokeMode", "cors")
_PROVISIONED = Call("PutProvisionedConcurrencyConfig", ("functionName", "qualifier", "provisionedConcurrentExecutions"))


def _provisioned(ask: Ask, props: Props, described: Props) -> Props:
    return {**described, "ProvisionedConcurrentExecutions": described["RequestedProvisionedConcurrentExecutions"]}


def _provisioned_is_settled(ask: Ask, props: Props) -> bool:
    described = ask("GetProvisionedConcurrencyConfig", _qualified(props, "functionName"))
    assert described["Status"] != "FAILED", described["StatusReason"]
    return bool(described["Status"] == "READY")


TYPES: dict[str, AwsType] = {
    "aws:lambda/function:Function": AwsType(
        "lambda",
        (
            Call(
                "CreateFunction",
                ("name", "packageType", "publish", "tags", *_CODE, *_CONFIGURATION),
                {"name": "FunctionName"},
                _function,
            ),
            Call(
                "PutFunctionConcurrency",
                ("name", "reservedConcurrentExecutions"),
                {"name": "FunctionName"},
                _concurrency,
                when=("reservedConcurrentExecutions",),
            ),
        ),
        ("GetFunction", ""),
        "DeleteFunction",
        lambda props: {"FunctionName": props["name"]},
        lambda props: str(props["name"]),
        update=(
            Call(
                "UpdateFunctionConfiguration",
                ("name", *_CONFIGURATION),
                {"name": "FunctionName"},
                lambda props: _with_command({**_WITHOUT, **props}),
            ),
            Call("UpdateFunctionCode", ("name", *_CODE), {"name": "FunctionName"}),
            Call(
                "PutFunctionConcurrency",
                ("name", "reservedConcurrentExecutions"),
                {"name": "FunctionName"},
                _concurrency,
            ),
            Call(
                "DeleteFunctionConcurrency",
                ("name", "reservedConcurrentExecutions"),
                {"name": "FunctionName"},
                _no_concurrency,
            ),
            Call(
                "PublishVersion",
                ("name", "publish"),
                {"name": "FunctionName"},
                _version,
                when=(*_CODE, *_CONFIGURATION, "publish"),
            ),
        ),
        named="name",
        forces=frozenset({"name", "packageType"}),
        computed={
            "arn": "FunctionArn",
            "invokeArn": "InvokeArn",
            "responseStreamingInvokeArn": "StreamingInvokeArn",
            "version": "LatestVersion",
            "qualifiedArn": "LatestArn",
            "qualifiedInvokeArn": "LatestInvokeArn",
        },
        seen=_described_function,
        settled=_function_is_settled,
        renewed=_renewed,
    ),
    "aws:lambda/alias:Alias": AwsType(
        "lambda",
        (Call("CreateAlias", _ALIAS, {}, _alias),),
        ("GetAlias", ""),
        "DeleteAlias",
        lambda props: {"FunctionName": props["functionName"], "Name": props["name"]},
        lambda props: f"{props['functionName']}/{props['name']}",
        update=(Call("UpdateAlias", _ALIAS, {}, _alias),),
        forces=frozenset({"name", "functionName"}),
        computed={"arn": "AliasArn"},
    ),
    "aws:lambda/permission:Permission": AwsType(
        "lambda",
        (
            Call(
                "AddPermission",
                (
                    *("action", "function", "principal", "qualifier", "sourceArn", "sourceAccount"),
                    *("functionUrlAuthType", "invokedViaFunctionUrl", "statementId"),
                ),
                {"function": "FunctionName"},
                lambda props: {"statementId": f"terraform-{uuid.uuid4().hex}", **props},
            ),
        ),
        ("GetPolicy", ""),
        "RemovePermission",
        lambda props: {**_qualified(props, "function"), "StatementId": props["statementId"]},
        lambda props: str(props["statementId"]),
        forces=ALL,
        assigned={"statementId": lambda answer: json.loads(answer["Statement"])["Sid"]},
        sought=lambda props: _qualified(props, "function"),
        seen=_statement,
    ),
    "aws:lambda/functionUrl:FunctionUrl": AwsType(
        "lambda",
        (
            Call("CreateFunctionUrlConfig", _URL_MEMBERS, {"authorizationType": "AuthType"}),
            _open_to_all("FunctionURLAllowPublicAccess", "lambda:InvokeFunctionUrl", {"functionUrlAuthType": "NONE"}),
            _open_to_all("FunctionURLAllowInvokeAction", "lambda:InvokeFunction", {"invokedViaFunctionUrl": True}),
        ),
        ("GetFunctionUrlConfig", ""),
        "DeleteFunctionUrlConfig",
        lambda props: _qualified(props, "functionName"),
        lambda props: "/".join(filter(None, (props["functionName"], props.get("qualifier")))),
        update=(
            Call(
                "UpdateFunctionUrlConfig",
                _URL_MEMBERS,
                {"authorizationType": "AuthType"},
                lambda props: {"cors": {}, "invokeMode": "BUFFERED", **props},
            ),
        ),
        forces=frozenset({"functionName", "qualifier"}),
        computed={"functionUrl": "FunctionUrl", "functionArn": "FunctionArn"},
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": AwsType(
        "lambda",
        (_PROVISIONED,),
        ("GetProvisionedConcurrencyConfig", ""),
        "DeleteProvisionedConcurrencyConfig",
        lambda props: _qualified(props, "functionName"),
        lambda props: f"{props['functionName']},{props['qualifier']}",
        update=(_PROVISIONED,),
        forces=frozenset({"functionName", "qualifier"}),
        seen=_provisioned,
        settled=_provisioned_is_settled,
    ),
}
