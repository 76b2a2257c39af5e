"""Who may invoke Lambda's functions, and at which URLs; both by version or alias, as AWS keeps them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.core.responses import TYPE_RESPONSE
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from engine.moto_lambda_state import (
    LATEST,
    Qualified,
    conflict,
    invalid,
    kept,
    missing,
    out_of_bounds,
    refuse_unknown,
)


def _add_permission(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
    wanted = self.json_body
    name, qualifier = refuse_unknown(self)
    if qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")
    _refuse_confusion(wanted)
    if "FunctionUrlAuthType" in wanted and wanted["Action"] != "lambda:InvokeFunctionUrl":
        raise invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    statements = kept(self.backend).policies[name, qualifier]
    sid = wanted["StatementId"]
    if any(each["Sid"] == sid for each in statements):
        raise conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        )
    statements.append(_statement(wanted, _arn(self, (name, qualifier))))
    return 201, {"status": 201}, json.dumps({"Statement": json.dumps(statements[-1])})


def _refuse_confusion(wanted: dict[str, Any]) -> None:
    """Refuse a service that may invoke the function for anybody.

    AWS itself accepts it; this project does not
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html, and Security Hub's control Lambda.1).
    """
    service = wanted["Principal"].endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if service and "SourceArn" not in wanted and "SourceAccount" not in wanted:
        raise invalid(f"{wanted['Principal']} may invoke the function for any account: say SourceArn or SourceAccount")


def _statement(wanted: dict[str, Any], arn: str) -> dict[str, Any]:
    """The statement as AWS writes it."""
    principal: Any = wanted["Principal"]
    if principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        principal = {"Service": principal}
    elif principal != "*":
        principal = {"AWS": f"arn:aws:iam::{principal}:root" if principal.isdigit() else principal}
    equal = {
        "AWS:SourceAccount": wanted.get("SourceAccount"),
        "lambda:FunctionUrlAuthType": wanted.get("FunctionUrlAuthType"),
        "aws:PrincipalOrgID": wanted.get("PrincipalOrgID"),
    }
    via_url = {"lambda:InvokedViaFunctionUrl": "true"} if wanted.get("InvokedViaFunctionUrl") else {}
    conditions = {
        "StringEquals": {key: value for key, value in equal.items() if value},
        "ArnLike": {"AWS:SourceArn": wanted["SourceArn"]} if "SourceArn" in wanted else {},
        "Bool": via_url,
    }
    stated = {kind: condition for kind, condition in conditions.items() if condition}
    statement = {"Sid": wanted["StatementId"], "Effect": "Allow", "Principal": principal, "Action": wanted["Action"]}
    return {**statement, "Resource": arn, **({"Condition": stated} if stated else {})}


def _arn(self: Any, qualified: Qualified) -> str:
    name, qualifier = qualified
    arn = str(self.backend.get_function(name).function_arn)
    return f"{arn}:{qualifier}" if qualifier else arn


def _get_policy(self: Any) -> str:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html"""
    statements = kept(self.backend).policies.get(refuse_unknown(self))
    if not statements:
        raise missing("The resource you requested does not exist.")
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return json.dumps({"Policy": json.dumps(policy), "RevisionId": str(uuid.uuid4())})


def _remove_permission(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html"""
    statements = kept(self.backend).policies.get(refuse_unknown(self))
    if not statements:
        raise missing("No policy is associated with the given resource.")
    sid = self.path.rsplit("/", 1)[-1]
    found = next((each for each in statements if each["Sid"] == sid), None)
    if found is None:
        raise missing(f"Statement {sid} is not found in resource policy.")
    statements.remove(found)
    return 204, {"status": 204}, ""


def _create_url(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html"""
    wanted, qualified = self.json_body, refuse_unknown(self)
    qualifier = qualified[1]
    if qualifier == LATEST or qualifier.isdigit():
        pattern = r"Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)"
        raise out_of_bounds(qualifier, "qualifier", pattern)
    urls, arn = kept(self.backend).urls, _arn(self, qualified)
    if qualified in urls:
        raise conflict(
            f"Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists "
            "for this Lambda function"
        )
    host = f"{mock_random.uuid4().hex}.lambda-url.{self.backend.region_name}.on.aws"
    urls[qualified] = {
        "FunctionUrl": f"https://{host}/",
        "FunctionArn": arn,
        "AuthType": wanted["AuthType"],
        "InvokeMode": _mode(wanted.get("InvokeMode", "BUFFERED")),
        "Cors": wanted.get("Cors"),
        "CreationTime": utcnow().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "LastModifiedTime": utcnow().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return 201, {"status": 201}, _url_as_json(urls[qualified])


def _mode(mode: str) -> str:
    if mode not in ("BUFFERED", "RESPONSE_STREAM"):
        values = "Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]"
        raise out_of_bounds(mode, "invokeMode", values)
    return mode


def _url_as_json(config: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in config.items() if value})


def _url_of(self: Any) -> dict[str, Any]:
    config = kept(self.backend).urls.get(refuse_unknown(self))
    if config is None:
        raise missing("The resource you requested does not exist.")
    return config


def _get_url(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html"""
    return 200, {}, _url_as_json(_url_of(self))


def _update_url(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html"""
    config, wanted = _url_of(self), self.json_body
    _mode(wanted.get("InvokeMode", "BUFFERED"))
    config.update({key: wanted[key] for key in ("AuthType", "Cors", "InvokeMode") if key in wanted})
    config["LastModifiedTime"] = utcnow().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return 200, {}, _url_as_json(config)


def _delete_url(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html"""
    _url_of(self)
    kept(self.backend).urls.pop(refuse_unknown(self))
    return 204, {"status": 204}, ""


ANSWERS = {
    "add_permission": _add_permission,
    "get_policy": _get_policy,
    "remove_permission": _remove_permission,
    "create_function_url_config": _create_url,
    "get_function_url_config": _get_url,
    "update_function_url_config": _update_url,
    "delete_function_url_config": _delete_url,
}
