"""Calling an endpoint from Python, wherever it runs.

import modelberth

with modelberth.client("digits") as digits:
    digits.predict(images=[[[0.0] * 8] * 8])
"""

from __future__ import annotations

from modelberth_platform.client.access import Bearer, Token
from modelberth_platform.client.base import Client
from modelberth_platform.client.http import HttpClient, base_url_of
from modelberth_platform.targets.registry import TARGETS


def client(name_or_url: str, *, token: Token | None = None, timeout_seconds: float = 60) -> Client:
    """A client of an endpoint.

    Args:
        name_or_url: an endpoint of this machine, as `NAME` or `PROJECT/STACK/NAME`, or the output `url` or `base_url`
            of any. Requests to SageMaker, API Gateway and Lambda's function URLs are signed with the AWS credentials of
            the environment, but for those that bear a token.
        token: for an endpoint that asks for one: a text, or a function that gives one, which is asked for each request
            since tokens expire.
        timeout_seconds: for one answer to begin; on an asynchronous endpoint, for it to come.

    Raises:
        UserError: no endpoint of this machine has that name, the endpoint takes no token, or boto3 is missing, which
            signing needs.
    """
    clients = (target.client(name_or_url, timeout_seconds, token) for target in TARGETS)
    own = next((client for client in clients if client is not None), None)
    access = None if token is None else Bearer(token)
    return own or HttpClient(base_url_of(name_or_url), timeout_seconds, access)
