"""The client of an endpoint on Lambda: whom it calls, what it signs, what it refuses beforehand, what errors mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from front import Front, front, lead_to

from modelberth import PredictionError
from modelberth_platform.client.base import Client
from modelberth_platform.targets.aws_lambda.client import lambda_client
from modelberth_platform.targets.aws_lambda.payload import CONTEXT_BYTES, MAX_EVENT_BYTES

GATEWAY = "https://abc123.execute-api.eu-central-1.amazonaws.com/invocations"
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    with front("execute-api") as opened:
        lead_to(opened, monkeypatch)
        yield opened


def client(url: str = GATEWAY, token: str | None = None) -> Client:
    found = lambda_client(url, 10, token)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("url", "service", "path"),
    [
        (GATEWAY, "execute-api", ""),
        ("https://abc123.execute-api.cn-north-1.amazonaws.com.cn", "execute-api", ""),
        ("https://abc123-vpce-0f1.execute-api.us-gov-west-1.amazonaws.com/live/invocations", "execute-api", "/live"),
        ("https://xyz987.lambda-url.eu-west-1.on.aws/", "lambda", ""),
        ("https://xyz987.lambda-url.eu-west-1.on.aws/invocations", "lambda", ""),
    ],
)
def test_whom_it_calls_signed(url: str, service: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with front(service) as opened, client(url) as shop:
        lead_to(opened, monkeypatch)
        assert shop.predict(a=1)["path"] == f"{path}/invocations"
        assert shop.call("read_picture", a=1)["path"] == f"{path}/read_picture"
        assert opened.last["key"] == "key"
        assert f"/{url.split('.')[2]}/{service}/" in opened.last["headers"]["authorization"], "the region of the host"


@pytest.mark.parametrize(
    "url",
    [
        "shop",
        "https://example.com/invocations",
        "https://abc123.execute-api.eu-central-1.amazonaws.com.example.com/invocations",
        "https://runtime.sagemaker.eu-central-1.amazonaws.com/endpoints/shop/invocations",
        "http://127.0.0.1:8080/invocations",
    ],
)
def test_whom_it_leaves_to_others(url: str) -> None:
    assert lambda_client(url, 10, None) is None
    assert lambda_client(url, 10, "token") is None


def test_with_a_token_nothing_is_signed(gateway: Front) -> None:
    gateway.service = None
    with client(token="abc") as shop:
        shop.predict(a=1)
    assert gateway.last["headers"]["authorization"] == "Bearer abc"
    assert not [name for name in gateway.last["headers"] if name.startswith("x-amz")]


def test_what_is_carried_as_text(gateway: Front) -> None:
    with client() as shop:
        assert shop.predict("x" * 5_900_000)["bytes"] == 5_900_002
        most = MAX_EVENT_BYTES - CONTEXT_BYTES
        with pytest.raises(PredictionError, match="6,29.,... bytes as Lambda carries it .*its escapes.*batch") as no:
            shop.predict("x" * most)
        assert no.value.status is None
        with pytest.raises(PredictionError, match="a ManagedEndpoint on SageMaker"):
            list(shop.stream("count", text="x" * most))
        with pytest.raises(PredictionError, match="was not called"):
            shop.predict('"' * 2_000_000)  # each is \" in JSON, and \\\" in the event's JSON
    assert len(gateway.received) == 1


def test_the_border(gateway: Front) -> None:
    """Of two requests that differ by one byte, the one goes out and the other does not."""
    with client() as shop:
        shop.predict("x")
        signed = ("authorization", "x-amz-date")  # made when the size is known; they stand in CONTEXT_BYTES
        headers = {name: value for name, value in gateway.last["headers"].items() if name not in signed}
        headers["content-length"] = "6290000"
        quotes = 3 * 2  # of the JSON string, escaped, within those of the event's
        free = MAX_EVENT_BYTES - CONTEXT_BYTES - len(json.dumps(headers)) - quotes
        assert shop.predict("x" * free)["bytes"] == free + 2
        with pytest.raises(PredictionError, match="6,291,457 bytes as Lambda carries it"):
            shop.predict("x" * (free + 1))


def test_what_is_carried_in_base64(gateway: Front, tmp_path: Path) -> None:
    (tmp_path / "good.bin").write_bytes(b"x" * 4_700_000)
    (tmp_path / "large.bin").write_bytes(b"x" * 4_720_000)
    with client() as shop:
        assert shop.call("upload", file=tmp_path / "good.bin")["bytes"] > 4_700_000
        with pytest.raises(PredictionError, match="of multipart/form-data, in base64"):
            shop.call("upload", file=tmp_path / "large.bin")
    assert len(gateway.received) == 1


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (413, "larger than API Gateway takes"),
        (429, "throttled"),
        (502, "modelberth logs"),
        (503, "waits 30 s"),
        (504, "provisioned="),
    ],
)
def test_what_the_errors_on_the_way_mean(gateway: Front, status: int, told: str) -> None:
    gateway.answer = (status, JSON, '{"message":"Service Unavailable"}')
    with client() as shop, pytest.raises(PredictionError, match=f"(?s)answered {status}: .*{told}") as refused:
        shop.predict(a=1)
    assert refused.value.status == status
    gateway.answer = (status, JSON, '{"error":"no answer within 7 seconds"}')
    with client() as shop, pytest.raises(PredictionError) as refused:
        shop.predict(a=1)
    assert "\n" not in str(refused.value), "the model's own errors explain themselves"


def test_a_refusal_names_the_way_in(gateway: Front) -> None:
    gateway.answer = (403, JSON, '{"message":"Forbidden"}')
    with client() as shop, pytest.raises(PredictionError, match="grant_invoke lets a role call it"):
        shop.predict(a=1)
