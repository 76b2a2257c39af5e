"""What the tests of the stand-ins for AWS share: an empty account in this process, and a function in it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from engine import moto_patches
from engine.fate import FATE

IMAGE = "999999999999.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:" + "1" * 64
"""An image of another account, which AWS takes as it is here."""
OTHER = IMAGE.replace("1" * 64, "2" * 64)
INVALID, OUT_OF_BOUNDS = "InvalidParameterValueException", "ValidationException"
CONFLICT, MISSING, STALE = "ResourceConflictException", "ResourceNotFoundException", "PreconditionFailedException"
BAD = "BadRequestException"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:shop:live"
GATEWAYS = "arn:aws:apigateway:eu-central-1:lambda:path"
INVOKED = f"{GATEWAYS}/2015-03-31/functions/{FUNCTION}/invocations"
STREAMED = f"{GATEWAYS}/2021-11-15/functions/{FUNCTION}/response-streaming-invocations"
NO_LOGS = "arn:aws:logs:eu-central-1:123456789012:log-group:none"


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account, patched as those of the tests on the real engine."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    moto_patches.patch()
    FATE.forget()
    with mock_aws():
        yield
    FATE.forget()


def client(service: str) -> Any:
    """A client that leaves it to AWS to refuse a parameter."""
    return boto3.client(service, config=Config(parameter_validation=False, retries={"max_attempts": 1}))


@contextmanager
def refused(code: str, words: str) -> Iterator[None]:
    """AWS refuses what is done here with this code, and these words in its message."""
    with pytest.raises(ClientError) as failure:
        yield
    error = failure.value.response["Error"]
    assert error["Code"] == code, error
    assert words in error["Message"], error


_roles = itertools.count()


def role(service: str = "lambda.amazonaws.com") -> str:
    """The ARN of a new role that this service may assume."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(
        client("iam").create_role(RoleName=f"role-{next(_roles)}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    )


def function(name: str = "shop", **more: Any) -> None:
    """Create a function that nobody waits for any more."""
    spec: dict[str, Any] = {"FunctionName": name, "PackageType": "Image", "Code": {"ImageUri": IMAGE}, **more}
    client("lambda").create_function(**spec | {"Role": spec.get("Role") or role()})
    settle(name)


def settle(name: str = "shop", qualifier: str = "$LATEST") -> str:
    """Wait as long as something of a function is under way; returns the state that it ends in."""
    while True:
        described = client("lambda").get_function_configuration(FunctionName=name, Qualifier=qualifier)
        if described["State"] != "Pending" and described.get("LastUpdateStatus") != "InProgress":
            return str(described["State"])


def published(**changes: Any) -> str:
    """Change the function `shop`, publish a version of it and wait until it can be invoked; returns its number."""
    if changes:
        client("lambda").update_function_configuration(FunctionName="shop", **changes)
        settle()
    version = str(client("lambda").publish_version(FunctionName="shop")["Version"])
    settle(qualifier=version)
    return version


def log_group() -> str:
    """The ARN of a new log group."""
    client("logs").create_log_group(logGroupName="/shop")
    return "arn:aws:logs:eu-central-1:123456789012:log-group:/shop"
