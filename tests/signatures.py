"""Whether a request that a server on loopback has received is signed as AWS would accept it."""

from __future__ import annotations

import re
from email.message import Message

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECRET = "testing"  # noqa: S105 - of the tests


def signer(headers: Message, path: str, body: bytes, service: str) -> str | None:
    """The access key that the request is signed with for that service; None where botocore, given the same request and
    the secret of the tests, comes to another signature."""
    said = headers.get("authorization") or ""
    names = re.search(r"SignedHeaders=([^,]+)", said)
    scope = re.search(rf"Credential=([^/]+)/\d+/([^/]+)/{service}/aws4_request", said)
    if names is None or scope is None:
        return None
    signed = {name: headers[name] for name in names.group(1).split(";") if name != "host"}
    request = AWSRequest("POST", f"http://{headers['host']}{path}", data=body, headers=signed)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials(scope.group(1), SECRET), service, scope.group(2))
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    return scope.group(1) if f"Signature={signature}" in said else None
