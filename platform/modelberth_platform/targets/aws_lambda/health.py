"""Trying a version of a function out before anybody else calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from modelberth_platform.aws.errors import AwsError

_PING = {
    "version": "2.0",
    "routeKey": "GET /ping",
    "rawPath": "/ping",
    "rawQueryString": "",
    "headers": {"host": "modelberth"},
    "requestContext": {
        "apiId": "modelberth",
        "domainName": "modelberth",
        "http": {
            "method": "GET",
            "path": "/ping",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "modelberth",
        },
        "requestId": "modelberth",
        "routeKey": "GET /ping",
        "stage": "$default",
    },
    "isBase64Encoded": False,
}
"""`GET /ping` as API Gateway and function URLs hand it to a function
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)."""

_ON_THE_WAY_SECONDS = 10
"""For a request and its answer, beside the function's own time."""
_POLL_SECONDS, _POLLS = 2, 150
"""How often and how many times to look whether a version is ready: Lambda prepares an image in under five minutes."""


def check(lambda_: Any, patient: Callable[[float], Any], function: str, version: str) -> None:
    """Wait until Lambda has prepared the version, and ask its `/ping`.

    Args:
        lambda_: client.
        patient: makes a client that waits so many seconds for an answer, and asks once.
        function: the function's name.
        version: of the function.

    Raises:
        AwsError: it is not healthy, with what it answered.
    """
    _wait_until_ready(lambda_, function, version)
    seconds = lambda_.get_function_configuration(FunctionName=function, Qualifier=version)["Timeout"]
    answer = _asked(patient(seconds + _ON_THE_WAY_SECONDS), function, version)
    payload: bytes = answer["Payload"].read()
    if answer.get("FunctionError"):
        raise AwsError(f"version {version} of {function} does not start: {_error(payload)}")
    status = _status(payload)
    if status != 200:
        text = payload.decode(errors="replace")[:500]
        raise AwsError(f"version {version} of {function} is not healthy: /ping answered {status or 'nothing'}: {text}")


def _asked(lambda_: Any, function: str, version: str) -> Any:
    from botocore.exceptions import ClientError

    try:
        return lambda_.invoke(FunctionName=function, Qualifier=version, Payload=json.dumps(_PING).encode())
    except ClientError as error:
        if error.response["Error"]["Code"] != "TooManyRequestsException":
            raise
        raise AwsError(
            f"version {version} of {function} could not be tried out: all of its concurrency is in use; raise "
            "concurrency above provisioned and scaling.max, or the account's quota, and run pulumi up"
        ) from None


def _wait_until_ready(lambda_: Any, function: str, version: str) -> None:
    from botocore.exceptions import WaiterError

    waiter = lambda_.get_waiter("published_version_active")
    config = {"Delay": _POLL_SECONDS, "MaxAttempts": _POLLS}
    try:
        waiter.wait(FunctionName=function, Qualifier=version, WaiterConfig=config)
    except WaiterError as error:
        state = error.last_response
        reason = state.get("StateReason") or f"it is {state.get('State', 'in no known state')}"
        raise AwsError(f"Lambda could not prepare version {version} of {function}: {reason}") from None


def _status(payload: bytes) -> int | None:
    """The status of an answer; a streaming function writes it before the body, closed by zeros
    (https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html)."""
    try:
        status = json.loads(payload.partition(b"\0" * 8)[0])["statusCode"]
    except (ValueError, KeyError, TypeError):
        return None
    return int(status)


def _error(payload: bytes) -> str:
    try:
        told = json.loads(payload)
        return f"{told.get('errorType', 'error')}: {told['errorMessage']}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return payload.decode(errors="replace")[:500]
