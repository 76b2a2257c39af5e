"""Requests of plain HTTP that are signed for AWS, with its Signature Version 4
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html)."""

from __future__ import annotations

from collections.abc import Generator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx

from modelberth_platform.aws.errors import in_words
from modelberth_platform.client.access import Access, wants_token

if TYPE_CHECKING:
    import boto3

_STABLE = ("host", "content-type")
"""Of a request's own headers, those that nothing on the way changes, so that they can be signed."""
_UNUSABLE = "AWS's credentials cannot be used"


class SigV4(Access):
    """Signs each request with the session's credentials of that moment; where there are none, it goes out unsigned."""

    requires_request_body = True  # the signature covers the body's hash

    def __init__(self, opened: boto3.Session, service: str, region: str) -> None:
        """Args:
        opened: the session whose credentials sign.
        service: the name that the service signs under, such as `execute-api`.
        region: where the endpoint is.
        """
        self._session, self._service, self._region = opened, service, region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._credentials is not None:
            request.headers.update(self._signature(request, self._credentials))
        yield request

    def advice(self, response: httpx.Response) -> str:
        allowed = "callers= or grant_invoke lets a role call it"
        if self._credentials is None:
            unsigned = "the request went out unsigned, since there are no AWS credentials here: aws configure sso"
            return wants_token(response) or f"{unsigned}; {allowed}"
        return wants_token(response) or f"the request was signed with the AWS credentials of the environment; {allowed}"

    @cached_property
    def _credentials(self) -> Any | None:
        """Looked for once, since looking takes a second where there are none; those that expire refresh themselves."""
        with in_words(_UNUSABLE):
            return self._session.get_credentials()

    def _signature(self, request: httpx.Request, credentials: Any) -> dict[str, str]:
        """The headers that sign the request."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        with in_words(_UNUSABLE):
            current = credentials.get_frozen_credentials()
        stable = {name: request.headers[name] for name in _STABLE if name in request.headers}
        same = AWSRequest(request.method, str(request.url), data=request.content, headers=stable)
        SigV4Auth(current, self._service, self._region).add_auth(same)
        return {name: value for name, value in same.headers.items() if name.lower() not in _STABLE}
