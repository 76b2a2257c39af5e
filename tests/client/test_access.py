"""Tokens, over a real server: sent with each request, asked for each request, and what their refusal means."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from front import Front, front

import modelberth
from modelberth import PredictionError
from modelberth_platform.errors import UserError

JSON = {"content-type": "application/json"}


@pytest.fixture
def open_front() -> Iterator[Front]:
    with front() as opened:
        yield opened


def test_without_a_token_nothing_is_sent(open_front: Front) -> None:
    with modelberth.client(f"{open_front.url}/invocations") as shop:
        shop.predict(a=1)
    assert "authorization" not in open_front.last["headers"]


def test_a_token_goes_with_each_request(open_front: Front) -> None:
    with modelberth.client(f"{open_front.url}/invocations", token="abc.def-1") as shop:
        assert shop.predict(a=1)["path"] == "/invocations"
        assert "".join(shop.stream("count", to=2)) == "one\ntwo\n"
    assert [each["headers"]["authorization"] for each in open_front.received] == ["Bearer abc.def-1"] * 2


def test_a_function_is_asked_for_each_request(open_front: Front) -> None:
    tokens = iter(["first", "second"])
    with modelberth.client(open_front.url, token=lambda: next(tokens)) as shop:
        shop.predict(a=1)
        shop.call("other", a=1)
    assert [each["headers"]["authorization"] for each in open_front.received] == ["Bearer first", "Bearer second"]


def test_a_function_that_fails(open_front: Front) -> None:
    def down() -> str:
        raise httpx.ConnectError("the identity provider is down")

    with (
        modelberth.client(open_front.url, token=down) as shop,
        pytest.raises(UserError, match=r"token= gave none: ConnectError: the identity provider is down") as failed,
    ):
        shop.predict(a=1)
    assert isinstance(failed.value.__cause__, httpx.ConnectError)
    assert not open_front.received


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("", "but 0 characters"),
        ("one two", "but 7 characters"),
        ("secret-line\n", "but 12 characters"),
        (lambda: None, "a NoneType"),
    ],
)
def test_what_is_no_token(open_front: Front, token: str, told: str) -> None:
    with modelberth.client(open_front.url, token=token) as shop, pytest.raises(UserError, match=told) as refused:
        shop.predict(a=1)
    assert "secret" not in str(refused.value), "a token is told nobody"
    assert not open_front.received


def test_a_token_that_is_refused(open_front: Front) -> None:
    said = 'Bearer scope="" error="invalid_token" error_description="the token has expired"'
    open_front.answer = (401, {**JSON, "www-authenticate": said}, '{"message":"Unauthorized"}')
    with (
        modelberth.client(open_front.url, token="abc") as shop,
        pytest.raises(PredictionError, match="did not take the token; .*the token has expired") as refused,
    ):
        shop.predict(a=1)
    assert refused.value.status == 401
    open_front.answer = (403, JSON, '{"message":"Forbidden"}')
    with (
        modelberth.client(open_front.url, token="abc") as shop,
        pytest.raises(PredictionError, match="it does not say why"),
    ):
        list(shop.stream("count"))


def test_an_endpoint_that_asks_for_a_token(open_front: Front) -> None:
    open_front.answer = (401, {**JSON, "www-authenticate": "Bearer"}, '{"message":"Unauthorized"}')
    with modelberth.client(open_front.url) as shop, pytest.raises(PredictionError, match=r"client\(url, token=…\)"):
        shop.predict(a=1)
    open_front.answer = (403, JSON, '{"message":"Forbidden"}')
    with modelberth.client(open_front.url) as shop, pytest.raises(PredictionError) as refused:
        shop.predict(a=1)
    assert "token" not in str(refused.value)


def test_endpoints_that_take_none() -> None:
    with pytest.raises(UserError, match="shop is an endpoint of this machine, which asks for no token"):
        modelberth.client("shop", token="abc")
    with pytest.raises(UserError, match="SageMaker takes no token"):
        modelberth.client(
            "https://runtime.sagemaker.eu-central-1.amazonaws.com/endpoints/shop/invocations", token="abc"
        )
