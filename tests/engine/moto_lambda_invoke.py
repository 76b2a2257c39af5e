"""Invocations of Lambda's functions, whose images moto cannot run: `FATE` says what they answer."""

from __future__ import annotations

import base64
import json
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.core.responses import TYPE_RESPONSE

from engine.fate import FATE, Invocation
from engine.moto_lambda_state import aliases, conflict, function_of, kept, named


def _invoke(self: Any) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    name, qualifier = named(self)
    version = _version(self)
    _refuse_state(version)
    _refuse_throttled(self.backend.get_function(name))
    kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
    if kind == "DryRun":
        return 204, {"status": 204}, ""
    image = version.code.get("ImageUri", "")
    given, answer = FATE.answer(image, self.body)
    FATE.invocations.append(Invocation(name, qualifier, str(version.version), image, given))
    headers = {"X-Amz-Executed-Version": str(version.version)}
    if kind == "Event":
        return 202, {**headers, "status": 202}, ""
    if answer.error:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if self.headers.get("X-Amz-Log-Type") == "Tail":
        headers["X-Amz-Log-Result"] = base64.b64encode(_log(version, answer.payload).encode()).decode()
    return 200, headers, json.dumps(answer.payload)


def _version(self: Any) -> Any:
    """The version that an invocation runs: behind an alias with weights, every so many times the additional one.

    AWS draws it by chance (https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html); here, of n
    invocations exactly the share goes to it.
    """
    name, qualifier = named(self)
    alias = aliases(self.backend, name).get(qualifier)
    weights = (alias.routing_config or {}).get("AdditionalVersionWeights") if alias is not None else None
    if not weights:
        return function_of(self)
    ((additional, weight),) = weights.items()
    turns = kept(self.backend).turns
    before = turns[name, qualifier]
    turns[name, qualifier] += 1
    its_turn = int((before + 1) * weight) > int(before * weight)
    return self.backend.get_function(name, additional if its_turn else alias.function_version)


def _refuse_state(version: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html: "Pending … Invocations … fail"."""
    failed = version.code.get("ImageUri") in FATE.unstartable and str(version.version).isdigit()
    state = "Pending" if version.pending else "Failed" if failed else None
    if state:
        raise conflict(
            f"The operation cannot be performed at this time. The function is currently in the following state: {state}"
        )


def _refuse_throttled(function: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html: 0 stops all invocations."""
    if function.reserved_concurrency == 0:
        refused = LambdaClientError("TooManyRequestsException", "Rate Exceeded.")
        refused.code = 429
        raise refused


def _log(version: Any, payload: Any) -> str:
    told = f"START RequestId: 1 Version: {version.version}\n"
    if isinstance(payload, dict) and "errorMessage" in payload:
        told += f"[ERROR] {payload.get('errorType')}: {payload['errorMessage']}\n"
    return f"{told}END RequestId: 1\n"


ANSWERS = {"invoke": _invoke}
