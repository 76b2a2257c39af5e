"""The client of an endpoint that answers plain HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from modelberth_platform.client.base import Client, PredictionError, parsed, refused, request_of


class HttpClient(Client):
    """Calls an endpoint below its base URL, unsigned."""

    def __init__(self, base_url: str, timeout_seconds: float = 60) -> None:
        self.base_url = base_url
        transport = httpx.HTTPTransport(retries=2)  # of connections, never of requests
        self._http = httpx.Client(timeout=timeout_seconds, transport=transport)

    def stream(self, api: str, body: Any = None, /, **fields: Any) -> Iterator[str]:
        url = f"{self.base_url}/{api.lstrip('/')}"
        with (
            request_of(body, fields) as request,
            _explained(url),
            self._http.stream("POST", url, **request) as response,
        ):
            if response.status_code >= 400:
                response.read()
                raise _refused(url, response)
            yield from response.iter_text()

    def close(self) -> None:
        self._http.close()

    def _call(self, api: str | None, body: Any, fields: Mapping[str, Any]) -> Any:
        url = f"{self.base_url}/{api or 'invocations'}"
        with request_of(body, fields) as request, _explained(url):
            response = self._http.post(url, **request)
        if response.status_code >= 400:
            raise _refused(url, response)
        return parsed(response.content, response.headers.get("content-type", ""))


@contextlib.contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise PredictionError(f"{url} gave no answer in time ({error})") from None
    except httpx.HTTPError as error:
        raise PredictionError(f"{url} did not answer: {error}; modelberth status says what runs here") from None


def _refused(url: str, response: httpx.Response) -> PredictionError:
    return refused(url, response.status_code, response.content, response.headers.get("content-type", ""))
