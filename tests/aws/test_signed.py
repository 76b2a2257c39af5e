"""Signed requests over a real server, which computes the signature again from what it received."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.session import get_session
from front import Front, front

from modelberth_platform.aws.session import session
from modelberth_platform.aws.signed import SigV4
from modelberth_platform.client.base import PredictionError
from modelberth_platform.client.http import HttpClient
from modelberth_platform.errors import UserError

REGION = "eu-central-1"


@pytest.fixture
def gateway() -> Iterator[Front]:
    with front("execute-api") as opened:
        yield opened


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def signing(url: str, opened: Any = None, service: str = "execute-api") -> HttpClient:
    return HttpClient(url, 10, SigV4(opened or session(REGION), service, REGION))


def test_json(gateway: Front, keys: None) -> None:
    with signing(gateway.url) as shop:
        assert shop.predict(text="häuser \n", rows=[[1.5]] * 3)["path"] == "/invocations"
        assert shop.predict({})["bytes"] == 2
    assert [each["key"] for each in gateway.received] == ["key-of-the-environment"] * 2


@pytest.mark.parametrize("api", ["a b", "with/parts", "ümlaut", "percent%20", "tilde~and:colon"])
def test_paths(gateway: Front, keys: None, api: str) -> None:
    with signing(f"{gateway.url}/live") as shop:
        assert shop.call(api, a=1)["path"].startswith("/live/")


def test_files(gateway: Front, keys: None, tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(bytes(range(256)) * 1000)
    with signing(gateway.url) as shop:
        assert shop.call("upload", file=tmp_path / "file.bin", note="x")["bytes"] > 256_000
    assert gateway.last["headers"]["content-type"].startswith("multipart/form-data")


def test_streams(gateway: Front, keys: None) -> None:
    with signing(gateway.url) as shop:
        assert "".join(shop.stream("count", to=2)) == "one\ntwo\n"


def test_the_token_of_a_role_is_signed_too(gateway: Front, keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-session")
    with signing(gateway.url) as shop:
        shop.predict(a=1)
    headers = gateway.last["headers"]
    assert headers["x-amz-security-token"] == "of-the-session"
    assert "x-amz-security-token" in headers["authorization"]


def test_credentials_that_are_refreshed_sign_what_follows(gateway: Front) -> None:
    keys = iter(["first", "second", "third"])
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)

    def refreshed() -> dict[str, str]:
        return {"access_key": next(keys), "secret_key": "testing", "token": "t", "expiry_time": past.isoformat()}

    lasting = get_session()
    lasting._credentials = RefreshableCredentials("old", "testing", "t", past, refreshed, "test")
    past = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=11)  # due, and good until refreshed
    with signing(gateway.url, boto3.Session(botocore_session=lasting)) as shop:
        shop.predict(a=1)
        shop.predict(a=2)
    assert [each["key"] for each in gateway.received] == ["first", "second"]


def test_credentials_that_cannot_be_had(gateway: Front) -> None:
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    lasting = get_session()
    lasting._credentials = RefreshableCredentials("old", "testing", "t", past, lambda: None, "sso")
    with (
        signing(gateway.url, boto3.Session(botocore_session=lasting)) as shop,
        pytest.raises(UserError, match="AWS's credentials cannot be used: .*sso"),
    ):
        shop.predict(a=1)
    assert not gateway.received


def test_without_credentials_it_goes_out_unsigned(no_keys: None) -> None:
    with front() as public, signing(public.url) as shop:
        shop.predict(a=1)
        assert "authorization" not in public.last["headers"]


def test_what_a_refusal_means(gateway: Front, no_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with signing(gateway.url) as shop, pytest.raises(PredictionError, match="(?s)403.*unsigned.*grant_invoke") as no:
        shop.predict(a=1)
    assert no.value.status == 403
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with signing(gateway.url) as shop, pytest.raises(PredictionError, match="(?s)403.*was signed.*callers="):
        shop.predict(a=1)
    gateway.answer = (401, {"www-authenticate": "Bearer"}, "{}")
    with signing(gateway.url) as shop, pytest.raises(PredictionError, match=r"client\(url, token=…\)"):
        shop.predict(a=1)
