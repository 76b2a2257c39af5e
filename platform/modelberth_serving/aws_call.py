"""Makes one signed call of an AWS service that speaks JSON.

botocore would do it, but would share its environment with the bundle's packages, whose versions it would then limit
(python-dateutil, urllib3): a bundle must not fail to install for the sake of its runtime.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import os
import typing as t
import urllib.error
import urllib.request

_SECONDS = 10


class Credentials(t.NamedTuple):
    """What a request is signed with."""

    key_id: str
    secret: str
    token: str


def call(service: str, region: str, operation: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Call an operation with the credentials of this container and return its answer.

    Raises:
        OSError: the service cannot be reached, or refuses; the message has its words.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.amazonaws.com"
    content = json.dumps(body).encode()
    host = endpoint.split("://")[1].rstrip("/")
    now = datetime.datetime.now(datetime.timezone.utc)
    headers = signed(service, region, host, operation, content, credentials(), now)
    request = urllib.request.Request(f"{endpoint.rstrip('/')}/", content, headers)  # noqa: S310 - https, or a test's
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return t.cast("dict[str, t.Any]", json.load(response))
    except urllib.error.HTTPError as error:
        raise OSError(_words(error)) from None


def credentials(environ: t.Mapping[str, str] = os.environ) -> Credentials:
    """The credentials in the environment (Lambda), else those of the container's role (SageMaker, ECS).

    Raises:
        OSError: there are none.
    """
    if environ.get("AWS_ACCESS_KEY_ID"):
        return Credentials(
            environ["AWS_ACCESS_KEY_ID"], environ.get("AWS_SECRET_ACCESS_KEY", ""), environ.get("AWS_SESSION_TOKEN", "")
        )
    relative = environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    url = f"http://169.254.170.2{relative}" if relative else environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not url:
        raise OSError("there are no credentials here; give the endpoint a role that may read it")
    request = urllib.request.Request(url)  # noqa: S310 - the container's own agent
    if environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        request.add_header("Authorization", environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
    with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
        answer = json.load(response)
    return Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer.get("Token", ""))


def signed(
    service: str,
    region: str,
    host: str,
    operation: str,
    content: bytes,
    keys: Credentials,
    now: datetime.datetime,
) -> dict[str, str]:
    """The headers of a request to `/`, signed with Signature Version 4
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)."""
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": moment,
        "x-amz-target": operation,
        **({"x-amz-security-token": keys.token} if keys.token else {}),
    }
    names = ";".join(sorted(headers))
    canonical_headers = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(["POST", "/", "", canonical_headers, names, hashlib.sha256(content).hexdigest()])
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{keys.secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    authorization = f"AWS4-HMAC-SHA256 Credential={keys.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": authorization}


def _words(error: urllib.error.HTTPError) -> str:
    try:
        answer = json.load(error)
        kind = str(answer.get("__type", "")).rpartition("#")[2]
        return f"{kind}: {answer.get('message') or answer.get('Message')}"
    except ValueError:
        return f"HTTP {error.code}"
