"""Secrets by reference, fetched where a container starts."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st
from loopback import aws_on_loopback

from modelberth_serving.aws_call import Credentials, signed
from modelberth_serving.errors import SettingsError
from modelberth_serving.secrets import resolve_secrets


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server on loopback that speaks AWS's APIs; its URL is in the environment."""
    with aws_on_loopback(monkeypatch) as url:
        yield url


def resolved(**references: str) -> dict[str, str]:
    environ = {"MODELBERTH_SECRETS": json.dumps(references)}
    resolve_secrets(environ)
    return environ


def test_from_both_stores(aws: str) -> None:
    manager, parameters = boto3.client("secretsmanager"), boto3.client("ssm")
    plain = manager.create_secret(Name="team/token", SecretString="t0ken")["ARN"]
    keyed = manager.create_secret(Name="team/database", SecretString='{"user": "ann", "password": "pä55"}')["ARN"]
    parameters.put_parameter(Name="/team/key", Value="k3y", Type="SecureString")
    parameter = parameters.get_parameter(Name="/team/key")["Parameter"]["ARN"]
    environ = resolved(TOKEN=plain, PASSWORD=f"{keyed}:password::", KEY=parameter)
    assert (environ["TOKEN"], environ["PASSWORD"], environ["KEY"]) == ("t0ken", "pä55", "k3y")


def test_nothing_to_resolve() -> None:
    environ: dict[str, str] = {}
    resolve_secrets(environ)
    assert environ == {}


def test_what_cannot_be_read(aws: str) -> None:
    missing = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:nothing-AbCdEf"
    with pytest.raises(SettingsError, match="the secret TOKEN cannot be read from arn:aws:.*ResourceNotFoundException"):
        resolved(TOKEN=missing)
    with pytest.raises(
        SettingsError, match="'team/token'; allowed is the ARN of a Secrets Manager secret or of an SSM"
    ):
        resolved(TOKEN="team/token")
    with pytest.raises(SettingsError, match="MODELBERTH_SECRETS is no JSON object"):
        resolve_secrets({"MODELBERTH_SECRETS": "TOKEN=arn"})


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="there are no credentials here; give the endpoint a role that may read it"):
        resolved(TOKEN="arn:aws:ssm:eu-central-1:123456789012:parameter/team/key")


def test_nothing_newer_than_python_3_9_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(datetime, "UTC")  # Python 3.11's
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SettingsError, match="the secret TOKEN cannot be read from .*refused"):
        resolved(TOKEN="arn:aws:ssm:eu-central-1:123456789012:parameter/team/key")


@given(body=st.dictionaries(st.text(max_size=5), st.text(max_size=20)), token=st.sampled_from(["", "a-session"]))
def test_signed_as_botocore_signs(body: dict[str, Any], token: str) -> None:
    now = datetime.datetime.now(datetime.UTC)
    content = json.dumps(body).encode()
    ours = signed("ssm", "eu-central-1", "ssm.eu-central-1.amazonaws.com", "AmazonSSM.GetParameter", content,
                  Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI", token), now)  # fmt: skip
    headers = {name: ours[name] for name in ("content-type", "host", "x-amz-target")}
    request = AWSRequest("POST", "https://ssm.eu-central-1.amazonaws.com/", headers=headers, data=content)
    signer = SigV4Auth(BotoCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI", token or None), "ssm", "eu-central-1")
    request.context["timestamp"] = ours["x-amz-date"]
    if token:
        request.headers["X-Amz-Security-Token"] = token
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert ours["authorization"].endswith(f"Signature={signature}")
