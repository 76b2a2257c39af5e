"""The client of an endpoint that answers plain HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from modelberth_platform.client.access import Access, wants_token
from modelberth_platform.client.base import Client, PredictionError, parsed, refused, request_of


def base_url_of(url: str) -> str:
    """The base URL of an endpoint, given that or the output `url`."""
    return url.rstrip("/").removesuffix("/invocations")


class HttpClient(Client):
    """Calls an endpoint below its base URL."""

    def __init__(self, base_url: str, timeout_seconds: float = 60, access: Access | None = None) -> None:
        """Args:
        base_url: the routes of its APIs follow.
        timeout_seconds: for one answer to begin.
        access: how requests show who calls; None where anyone may.
        """
        self.base_url = base_url
        self._access = access
        transport = httpx.HTTPTransport(retries=2)  # of connections, never of requests
        self._http = httpx.Client(timeout=timeout_seconds, transport=transport, auth=access)

    def stream(self, api: str, body: Any = None, /, **fields: Any) -> Iterator[str]:
        url = f"{self.base_url}/{api.lstrip('/')}"
        with (
            request_of(body, fields) as request,
            _explained(url),
            contextlib.closing(self._send(url, request, stream=True)) as response,
        ):
            if response.status_code >= 400:
                response.read()
                raise self._refused(url, response)
            yield from response.iter_text()

    def close(self) -> None:
        self._http.close()

    def _call(self, api: str | None, body: Any, fields: Mapping[str, Any]) -> Any:
        url = f"{self.base_url}/{api or 'invocations'}"
        with request_of(body, fields) as request, _explained(url):
            response = self._send(url, request)
        if response.status_code >= 400:
            raise self._refused(url, response)
        return parsed(response.content, response.headers.get("content-type", ""))

    def _send(self, url: str, request: Mapping[str, Any], *, stream: bool = False) -> httpx.Response:
        built = self._http.build_request("POST", url, **request)
        self._check(built)
        return self._http.send(built, stream=stream)

    def _check(self, request: httpx.Request) -> None:
        """Raise a PredictionError for a request that the endpoint could not take."""

    def _advice(self, response: httpx.Response) -> str | None:
        """What to do about an answer that is an error, where more is known than what it says."""
        if response.status_code not in (401, 403):
            return None
        return self._access.advice(response) if self._access else wants_token(response)

    def _refused(self, url: str, response: httpx.Response) -> PredictionError:
        kind = response.headers.get("content-type", "")
        return refused(url, response.status_code, response.content, kind, self._advice(response))


@contextlib.contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise PredictionError(f"{url} gave no answer in time ({error})") from None
    except httpx.HTTPError as error:
        raise PredictionError(f"{url} did not answer: {error}; modelberth status says what runs here") from None
