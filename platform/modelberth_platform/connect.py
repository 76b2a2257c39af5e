"""Calling an endpoint from Python, wherever it runs.

import modelberth

with modelberth.client("digits") as digits:
    digits.predict(images=[[[0.0] * 8] * 8])
"""

from __future__ import annotations

from modelberth_platform.client.base import Client
from modelberth_platform.client.http import HttpClient
from modelberth_platform.targets.registry import TARGETS


def client(name_or_url: str, *, timeout_seconds: float = 60) -> Client:
    """A client of an endpoint.

    Args:
        name_or_url: an endpoint of this machine, as `NAME` or `PROJECT/STACK/NAME`, or the output `url` or `base_url`
            of any. Requests to SageMaker are signed with the AWS credentials of the environment.
        timeout_seconds: for one answer to begin; on an asynchronous endpoint, for it to come.

    Raises:
        UserError: no endpoint of this machine has that name, or boto3 is missing, which SageMaker's need.
    """
    clients = (target.client(name_or_url, timeout_seconds) for target in TARGETS)
    own = next((client for client in clients if client is not None), None)
    return own or HttpClient(name_or_url.rstrip("/").removesuffix("/invocations"), timeout_seconds)
