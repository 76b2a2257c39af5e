"""How a request shows who calls, and what to do where an endpoint refuses that."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator

import httpx

from modelberth_platform.errors import UserError

Token = str | Callable[[], str]
"""A bearer token, or a function that gives one, which is asked for each request since tokens expire."""


class Access(httpx.Auth, ABC):
    """A way of showing who calls."""

    @abstractmethod
    def advice(self, response: httpx.Response) -> str:
        """What to do about an answer that is 401 or 403."""


class Bearer(Access):
    """Sends a token as `Authorization: Bearer …` (https://www.rfc-editor.org/rfc/rfc6750)."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self._current()}"
        yield request

    def advice(self, response: httpx.Response) -> str:
        said = response.headers.get("www-authenticate")
        reason = f"its header www-authenticate says: {said}" if said else "it does not say why"
        return f"the endpoint did not take the token; {reason}"

    def _current(self) -> str:
        try:
            token = self._token() if callable(self._token) else self._token
        except Exception as error:  # httpx would take its own for a failure of the endpoint
            raise UserError(f"the function given as token= gave none: {type(error).__name__}: {error}") from error
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            what = f"{len(token)} characters" if isinstance(token, str) else f"a {type(token).__name__}"
            raise UserError(
                f"what token= gave is no token, but {what}; a token is a text of at least one character, without "
                "blanks and line ends"
            )
        return token


def wants_token(response: httpx.Response) -> str | None:
    """What to do about the refusal of a request that bore no token; None where a token is not what was asked for."""
    said = response.headers.get("www-authenticate", "")
    if not said.lower().startswith("bearer"):
        return None
    return "the endpoint asks for a token: modelberth.client(url, token=…), a text or a function that gives one"
