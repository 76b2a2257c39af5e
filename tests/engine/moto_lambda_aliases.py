"""Aliases and provisioned concurrency of Lambda's functions, as AWS documents them."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.awslambda.exceptions import UnknownAliasException
from moto.awslambda.models import LambdaAlias
from moto.core.responses import TYPE_RESPONSE
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from engine.fate import FATE
from engine.moto_lambda_state import (
    LATEST,
    Provisioned,
    aliases,
    conflict,
    invalid,
    kept,
    missing,
    named,
    out_of_bounds,
    refuse_stale,
    refuse_unknown,
    renew,
)


def _create_alias(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html"""
    wanted, (name, _), backend = self.json_body, named(self), self.backend
    alias = wanted["Name"]
    if not re.fullmatch(r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)", alias):
        pattern = "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        raise out_of_bounds(alias, "name", pattern)
    function = backend.get_function(name)
    if alias in aliases(backend, name):
        raise conflict(f"Alias already exists: {function.function_arn}:{alias}")
    _refuse_versions(backend, name, wanted["FunctionVersion"], wanted.get("RoutingConfig"))
    made = LambdaAlias(
        backend.account_id,
        backend.region_name,
        alias,
        name,
        wanted["FunctionVersion"],
        wanted.get("Description", ""),
        _routing(wanted.get("RoutingConfig")),
    )
    aliases(backend, name)[alias] = made
    return 201, {"status": 201}, _as_json(made)


def _update_alias(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html: a routing that is left out stays."""
    wanted, (name, _), backend = self.json_body, named(self), self.backend
    alias = _alias_of(self)
    refuse_stale(alias, wanted.get("RevisionId"))
    version = wanted.get("FunctionVersion", alias.function_version)
    routing = _routing(wanted["RoutingConfig"]) if "RoutingConfig" in wanted else alias.routing_config
    _refuse_versions(backend, name, version, routing)
    alias.function_version, alias.routing_config = version, routing
    alias.description = wanted.get("Description", alias.description)
    renew(alias)
    provisioned = kept(backend).provisioned.get((name, alias.name))
    if provisioned:
        provisioned.coming = FATE.lasting
    return 200, {}, _as_json(alias)


def _routing(config: dict[str, Any] | None) -> Any:
    """The routing; one without any weights is none."""
    return config if config and config.get("AdditionalVersionWeights") else None


def _get_alias(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html"""
    return 200, {}, _as_json(_alias_of(self))


def _list_aliases(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html"""
    name, _ = named(self)
    of_version = self.querystring.get("FunctionVersion", [None])[0]
    found = sorted(aliases(self.backend, name).values(), key=lambda alias: alias.name)
    listed = [json.loads(_as_json(each)) for each in found if of_version in (None, each.function_version)]
    return 200, {}, json.dumps({"Aliases": listed})


def _delete_alias(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html; what was granted on it goes with it."""
    name, _ = named(self)
    alias = self.path.rsplit("/", 1)[-1]
    aliases(self.backend, name).pop(alias, None)
    kept(self.backend).forget(name, alias)
    return 204, {"status": 204}, ""


def _alias_of(self: Any) -> Any:
    name, _ = named(self)
    alias = self.path.rsplit("/", 1)[-1]
    found = aliases(self.backend, name).get(alias)
    if found is None:
        raise UnknownAliasException(f"{self.backend.get_function(name).function_arn}:{alias}")
    return found


def _as_json(alias: Any) -> str:
    return json.dumps({key: value for key, value in alias.to_json().items() if value is not None})


def _refuse_versions(backend: Any, name: str, version: str, routing: dict[str, Any] | None) -> None:
    """Refuse versions that an alias cannot point to.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html: "You can point an alias to a maximum of
    two Lambda function versions", both published, with the same execution role and dead-letter queue.
    """
    main = backend.get_function(name, version)
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    member = "routingConfig.additionalVersionWeights"
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for other, weight in weights.items():
        if not 0 <= weight <= 1:
            raise out_of_bounds(
                f"{{{other}={weight}}}",
                member,
                "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
                "Member must have value greater than or equal to 0.0, Member must not be null]",
            )
        if other == version:
            raise invalid(
                f"Invalid function version {other}. Function version {other} is already included in routing "
                "configuration."
            )
        if version == LATEST:
            raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
        if not other.isdigit():
            raise out_of_bounds(
                f"{{{other}={weight}}}",
                member,
                "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must "
                "have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
            )
        if backend.get_function(name, other).role != main.role:
            raise invalid("Both function versions must have the same execution role")


def _provisioned_of(self: Any) -> tuple[str, str]:
    name, qualifier = refuse_unknown(self)
    if qualifier in ("", LATEST):
        raise invalid("The function resource provided must be an alias or a published version.")
    return name, qualifier


def _put_provisioned(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html

    An alias with weights is refused, as in https://github.com/hashicorp/terraform/issues/24957.
    """
    name, qualifier = refuse_unknown(self)
    backend, wanted = self.backend, self.json_body["ProvisionedConcurrentExecutions"]
    if wanted < 1:
        least = "Member must have value greater than or equal to 1"
        raise out_of_bounds(wanted, "provisionedConcurrentExecutions", least)
    if qualifier in ("", LATEST):
        raise invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    known = kept(backend).provisioned
    alias = aliases(backend, name).get(qualifier)
    if alias is not None and alias.routing_config:
        raise invalid("Alias with weights can not be used with Provisioned Concurrency")
    if alias is not None and (name, alias.function_version) in known:
        raise conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
        )
    pointing = [each for each in aliases(backend, name).values() if each.function_version == qualifier]
    if any((name, each.name) in known for each in pointing):
        raise conflict("Version is pointed by a Provisioned Concurrency alias")
    reserved = backend.get_function(name).reserved_concurrency
    others = sum(each.executions for (of, at), each in known.items() if of == name and at != qualifier)
    if reserved is not None and wanted + others > reserved:
        raise invalid(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        )
    known[name, qualifier] = Provisioned(wanted)
    return 202, {"status": 202}, json.dumps(_described(known[name, qualifier]))


def _get_provisioned(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html"""
    name, qualifier = _provisioned_of(self)
    found = kept(self.backend).provisioned.get((name, qualifier))
    if found is None:
        raise missing(
            "No Provisioned Concurrency Config found for this function", "ProvisionedConcurrencyConfigNotFoundException"
        )
    described = _described(found)
    found.coming = max(0, found.coming - 1)
    return 200, {}, json.dumps(described)


def _list_provisioned(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html"""
    name, _ = refuse_unknown(self)
    function = self.backend.get_function(name)
    listed = [
        {**_described(each), "FunctionArn": f"{function.function_arn}:{qualifier}"}
        for (of, qualifier), each in kept(self.backend).provisioned.items()
        if of == name
    ]
    return 200, {}, json.dumps({"ProvisionedConcurrencyConfigs": listed})


def _delete_provisioned(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html"""
    kept(self.backend).provisioned.pop(_provisioned_of(self), None)
    return 204, {"status": 204}, ""


def _described(provisioned: Provisioned) -> dict[str, Any]:
    ready = 0 if provisioned.coming else provisioned.executions
    return {
        "RequestedProvisionedConcurrentExecutions": provisioned.executions,
        "AvailableProvisionedConcurrentExecutions": ready,
        "AllocatedProvisionedConcurrentExecutions": ready,
        "Status": "READY" if ready else "IN_PROGRESS",
        "LastModified": iso_8601_datetime_with_nanoseconds(),
    }


ANSWERS = {
    "create_alias": _create_alias,
    "update_alias": _update_alias,
    "get_alias": _get_alias,
    "list_aliases": _list_aliases,
    "delete_alias": _delete_alias,
    "put_provisioned_concurrency_config": _put_provisioned,
    "get_provisioned_concurrency_config": _get_provisioned,
    "list_provisioned_concurrency_configs": _list_provisioned,
    "delete_provisioned_concurrency_config": _delete_provisioned,
}
