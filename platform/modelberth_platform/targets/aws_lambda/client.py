"""Calling an endpoint on Lambda: plain HTTP to API Gateway or a function URL, signed where no token is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from modelberth_platform.aws.session import session
from modelberth_platform.aws.signed import SigV4
from modelberth_platform.client.access import Bearer, Token
from modelberth_platform.client.base import Client, PredictionError
from modelberth_platform.client.http import HttpClient, base_url_of
from modelberth_platform.targets.aws_lambda.payload import INSTEAD, too_large

_HOST = re.compile(
    r"[a-z0-9-]+\.(?:execute-api\.(?P<gateway>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|lambda-url\.(?P<url>[a-z0-9-]+)\.on\.aws)"
)
"""`ID` of an API or a function; for a private REST API also `ID-VPCENDPOINT`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html)."""

_PRIVATE = re.compile(r"[a-z0-9]+-vpce-")

_LOG = "its log says which: modelberth logs NAME --stack …"
_ADVICE: Mapping[int, str] = {
    413: f"it is larger than API Gateway takes (10 MB), or Lambda carries (6 MiB as an event); {INSTEAD}",
    429: "it is throttled: more calls at a time than the account, the function or the API's stage lets through; call "
    "again later, or raise that limit",
    502: f"the function failed, or its answer is larger than Lambda carries (6 MiB); {_LOG}",
    503: "no answer came in time (an HTTP API waits 30 s, the start of a cold function included), or the function "
    f"cannot be reached; {_LOG}",
    504: "no answer came in time: an HTTP API waits 30 s, a REST API 29 s, the start of a cold function included; "
    "provisioned= keeps functions warm, and longer calls run on a ManagedEndpoint",
}
"""What API Gateway and Lambda mean, whose own answers are `{"message": …}` and say hardly anything
(https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""


def lambda_client(url: str, timeout_seconds: float, token: Token | None) -> Client | None:
    """A client of the endpoint with that URL; None where it is neither one of API Gateway nor a function URL.

    Raises:
        UserError: boto3 is missing, which requests without a token are signed with.
    """
    host = _HOST.fullmatch((urlsplit(url).hostname or "").lower())
    if host is None:
        return None
    if token is not None:
        return LambdaClient(base_url_of(url), timeout_seconds, Bearer(token))
    region = host["gateway"] or host["url"]
    service = "execute-api" if host["gateway"] else "lambda"
    return LambdaClient(base_url_of(url), timeout_seconds, SigV4(session(region), service, region))


class LambdaClient(HttpClient):
    """Refuses what Lambda cannot carry, and says what its and API Gateway's errors mean."""

    def _check(self, request: httpx.Request) -> None:
        private = _PRIVATE.match(request.url.host) is not None
        if problem := too_large(request, as_bytes=private):
            raise PredictionError(f"{request.url} was not called: {problem}")

    def _advice(self, response: httpx.Response) -> str | None:
        own = _says_why(response)
        return super()._advice(response) or (None if own else _ADVICE.get(response.status_code))


def _says_why(response: httpx.Response) -> bool:
    """Whether the model's process has answered, whose errors explain themselves as `{"error": …}`."""
    try:
        answer: Any = response.json()
    except ValueError:
        return False
    return isinstance(answer, dict) and "error" in answer
