"""Lambda as AWS documents it, where moto is more lenient or knows less: functions and their versions here.

What is under way is described so `FATE.lasting` times: a new function and each version are `Pending` before they are
`Active`, and an update of a function is `InProgress` before it is `Successful`
(https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html).
"""

from __future__ import annotations

import copy
import json
from typing import Any

from moto.awslambda import models, urls
from moto.awslambda.exceptions import FunctionAlreadyExists
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import TYPE_RESPONSE
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from engine import moto_lambda_access, moto_lambda_aliases, moto_lambda_invoke
from engine.fate import FATE
from engine.moto_lambda_limits import refuse
from engine.moto_lambda_state import (
    LATEST,
    aliases,
    conflict,
    function_of,
    invalid,
    kept,
    named,
    refuse_stale,
    renew,
)

CONCURRENCY = 1000
"""How many invocations an account runs at once unless it asks for more; 100 of them stay unreserved
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""
_NOT_CONFIGURATION = ("LastModified", "RevisionId", "State", "LastUpdateStatus", "StateReason", "StateReasonCode")


def patch() -> None:
    for name, answer in {
        "create_function": _create_function,
        "get_function": _get_function,
        "get_function_configuration": _get_function_configuration,
        "update_function_configuration": _update_function_configuration,
        "update_function_code": _update_function_code,
        "publish_version": _publish_version,
        "list_versions_by_function": _list_versions,
        "delete_function": _delete_function,
        "put_function_concurrency": _put_function_concurrency,
        **moto_lambda_access.ANSWERS,
        **moto_lambda_aliases.ANSWERS,
        **moto_lambda_invoke.ANSWERS,
    }.items():
        setattr(LambdaResponse, name, answer)
    function = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)"
    urls.url_paths[function + r"/provisioned-concurrency/?$"] = LambdaResponse.dispatch


def _create_function(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    spec, backend = self.json_body, self.backend
    refuse(backend, spec)
    name = spec["FunctionName"]
    if name in backend._lambdas._functions:
        raise FunctionAlreadyExists(name)
    function = models.LambdaFunction(backend.account_id, spec, backend.region_name, version=LATEST)
    backend._lambdas.put_function(function)
    function.pending, function.updating, function.published_as = FATE.lasting, 0, None
    function.logging = _logging(name, spec.get("LoggingConfig"))
    renew(function)
    created = _publish(backend, function, "") if spec.get("Publish") else function
    return 201, {"status": 201}, json.dumps(_in_state(created))


def _logging(name: str, wanted: dict[str, str] | None) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html, with the defaults."""
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    json_levels = levels if (wanted or {}).get("LogFormat") == "JSON" else {}
    return {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", **json_levels, **(wanted or {})}


def configuration(function: Any) -> dict[str, Any]:
    """What a function or version is made of, without the states that it is in."""
    described = dict(function.get_configuration(on_create=True))
    described.pop("State")
    return {**described, "LoggingConfig": function.logging, "RevisionId": function.revision_id}


def _in_state(function: Any) -> dict[str, Any]:
    """The configuration with the state."""
    described = configuration(function)
    failure = FATE.unstartable.get(function.code.get("ImageUri", "")) if function.version != LATEST else None
    if function.pending:
        reason = {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
        return {**described, "State": "Pending", **reason}
    if failure:
        return {**described, "State": "Failed", "StateReason": failure, "StateReasonCode": "FunctionError"}
    status = "InProgress" if function.updating else "Successful"
    return {**described, "State": "Active", "LastUpdateStatus": status}


def _described(self: Any) -> dict[str, Any]:
    """The description of the function under the ARN that was asked for; the next one tells a state further on."""
    name, qualifier = named(self)
    function = function_of(self)
    described = _in_state(function)
    function.pending, function.updating = max(0, function.pending - 1), max(0, function.updating - 1)
    if qualifier:
        described["FunctionArn"] = f"{self.backend.get_function(name).function_arn}:{qualifier}"
    return described


def _get_function(self: Any) -> str:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html"""
    function, (_, qualifier) = function_of(self), named(self)
    answer = {**function.get_code(), "Configuration": _described(self)}
    if "ImageUri" in function.code:
        answer["Code"] = {"RepositoryType": "ECR", "ImageUri": function.code["ImageUri"]}
    if qualifier:
        answer.pop("Concurrency", None)
    return json.dumps(answer)


def _get_function_configuration(self: Any) -> str:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html"""
    return json.dumps(_described(self))


def _update_function_configuration(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    wanted = self.json_body
    function = _to_be_changed(self, wanted)
    function.update_configuration(wanted)
    if "EphemeralStorage" in wanted:
        function.ephemeral_storage = wanted["EphemeralStorage"]["Size"]
    if "ImageConfig" in wanted:
        function.image_config = models.ImageConfig(wanted["ImageConfig"])
    if "KMSKeyArn" in wanted:
        function.kms_key_arn = wanted["KMSKeyArn"] or None
    if "LoggingConfig" in wanted:
        function.logging = _logging(function.function_name, wanted["LoggingConfig"])
    if "TracingConfig" in wanted:
        function.tracing_config = wanted["TracingConfig"]
    return 200, {}, json.dumps(_changed(function))


def _update_function_code(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    wanted = self.json_body
    function = _to_be_changed(self, wanted)
    function.update_function_code(wanted)
    function.architectures = wanted.get("Architectures") or function.architectures
    changed = _changed(function)
    if wanted.get("Publish"):
        function.updating = 0
        return 200, {}, json.dumps(_in_state(_publish(self.backend, function, "")))
    return 200, {}, json.dumps(changed)


def _to_be_changed(self: Any, wanted: dict[str, Any]) -> Any:
    """The unpublished version of the function, if it can be changed now and to what is wanted."""
    name, _ = named(self)
    function = self.backend.get_function(name)
    _refuse_busy(function)
    refuse_stale(function, wanted.get("RevisionId"))
    refuse(self.backend, wanted, function)
    return function


def _refuse_busy(function: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html#functions-states-updating"""
    cannot = "The operation cannot be performed at this time."
    if function.pending:
        raise conflict(f"{cannot} The function is currently in the following state: Pending")
    if function.updating:
        raise conflict(f"{cannot} An update is in progress for resource: {function.function_arn}")


def _changed(function: Any) -> dict[str, Any]:
    renew(function)
    function.last_modified = iso_8601_datetime_with_nanoseconds()
    function.updating = FATE.lasting
    return _in_state(function)


def _publish_version(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html"""
    wanted = json.loads(self.body) if self.body else {}
    name, _ = named(self)
    function = self.backend.get_function(name)
    _refuse_busy(function)
    refuse_stale(function, wanted.get("RevisionId"))
    if wanted.get("CodeSha256") not in (None, "", function.code_sha_256):
        raise invalid(
            f"CodeSHA256 ({wanted['CodeSha256']}) is different from current CodeSHA256 in $LATEST "
            f"({function.code_sha_256}). Please try again with the CodeSHA256 in $LATEST."
        )
    version = _publish(self.backend, function, wanted.get("Description", ""))
    return 201, {"status": 201}, json.dumps(_in_state(version))


def _publish(backend: Any, function: Any, description: str) -> Any:
    """A new version of the function, or the last one if nothing has changed since; a number is never used twice."""
    name = function.function_name
    versions = backend._lambdas._functions[name]["versions"]
    snapshot = {key: value for key, value in configuration(function).items() if key not in _NOT_CONFIGURATION}
    if versions and function.published_as == snapshot:
        return versions[-1]
    number = kept(backend).published[name] = kept(backend).published[name] + 1
    version = copy.copy(function)
    version.code = dict(function.code)
    version.set_version(number)
    version.pending, version.updating = FATE.lasting, 0
    version.description = description or function.description
    renew(version)
    function.published_as = snapshot
    versions.append(version)
    backend._lambdas._arns[version.function_arn] = version
    return version


def _list_versions(self: Any) -> str:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html, oldest first, without states."""
    name, _ = named(self)
    latest = self.backend.get_function(name)
    listed = [{**configuration(latest), "FunctionArn": f"{latest.function_arn}:{LATEST}"}]
    listed += [configuration(version) for version in self.backend._lambdas._functions[name]["versions"]]
    return json.dumps({"Versions": listed})


def _delete_function(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html: "You can't delete a version that an alias
    references.\""""
    name, qualifier = named(self)
    backend = self.backend
    backend.get_function(name)
    if not qualifier:
        aliases(backend, name).clear()
        backend.delete_function(name)
        kept(backend).forget(name)
        return 204, {"status": 204}, ""
    if qualifier == LATEST:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if not qualifier.isdigit():
        raise invalid("Deletion of aliases is not currently supported.")
    version = backend.get_function(name, qualifier)
    pointing = [str(each.name) for each in aliases(backend, name).values() if qualifier in _versions_of(each)]
    if pointing:
        raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(pointing)}]")
    backend._lambdas._functions[name]["versions"].remove(version)
    kept(backend).forget(name, qualifier)
    return 204, {"status": 204}, ""


def _versions_of(alias: Any) -> set[str]:
    return {alias.function_version, *((alias.routing_config or {}).get("AdditionalVersionWeights") or {})}


def _put_function_concurrency(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html: "at least 100 … unreserved"."""
    name, _ = named(self)
    backend, wanted = self.backend, self.json_body["ReservedConcurrentExecutions"]
    function = backend.get_function(name)
    others = [each for each in backend._lambdas.latest() if each is not function]
    if CONCURRENCY - wanted - sum(each.reserved_concurrency or 0 for each in others) < 100:
        raise invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its minimum value of [100]."
        )
    provisioned = sum(each.executions for (of, _), each in kept(backend).provisioned.items() if of == name)
    if wanted < provisioned:
        raise invalid(
            f" ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned "
            f"concurrency [{provisioned}]."
        )
    function.reserved_concurrency = wanted
    return 200, {}, json.dumps({"ReservedConcurrentExecutions": wanted})
