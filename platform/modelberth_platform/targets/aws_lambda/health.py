"""Trying a version of a function out before anybody else calls it."""

from __future__ import annotations

import json
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

_POLL_SECONDS, _POLLS = 2, 150
"""How often and how many times to look whether a version is ready: Lambda prepares an image in under five minutes."""


def check(lambda_: Any, function: str, version: str) -> None:
    """Wait until Lambda has prepared the version, and ask its `/ping`.

    Raises:
        AwsError: it is not healthy, with what it answered.
    """
    _wait_until_ready(lambda_, function, version)
    answer = lambda_.invoke(FunctionName=function, Qualifier=version, Payload=json.dumps(_PING).encode())
    payload: bytes = answer["Payload"].read()
    if answer.get("FunctionError"):
        raise AwsError(f"version {version} of {function} does not start: {_error(payload)}")
    status = _status(payload)
    if status != 200:
        text = payload.decode(errors="replace")[:500]
        raise AwsError(f"version {version} of {function} is not healthy: /ping answered {status or 'nothing'}: {text}")


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
