"""Calling an endpoint from Python.

import modelberth

with modelberth.client("digits") as digits:
    digits.predict(images=[[[0.0] * 8] * 8])
"""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from modelberth_platform.errors import UserError
from modelberth_platform.local.record import find_record


class PredictionError(UserError):
    """An endpoint that did not answer, or answered with an error.

    Attributes:
        status: the HTTP status, or None where there was no answer.
        detail: the body of the answer.
    """

    def __init__(self, message: str, status: int | None = None, detail: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail


def client(name_or_url: str, *, timeout_seconds: float = 60) -> Client:
    """A client of an endpoint.

    Args:
        name_or_url: an endpoint of this machine, as `NAME` or `PROJECT/STACK/NAME`, or the output `url` or `base_url`
            of any. Requests to SageMaker are signed with the AWS credentials of the environment.
        timeout_seconds: for one answer to begin; on an asynchronous endpoint, for it to come.

    Raises:
        UserError: no endpoint of this machine has that name, or boto3 is missing, which SageMaker's need.
    """
    if (urlsplit(name_or_url).hostname or "").startswith("runtime.sagemaker."):
        from modelberth_platform.sagemaker.client import sagemaker_client

        return sagemaker_client(name_or_url, timeout_seconds)
    if name_or_url.startswith(("http://", "https://")):
        return HttpClient(name_or_url.rstrip("/").removesuffix("/invocations"), timeout_seconds)
    _, record = find_record(name_or_url)
    return HttpClient(record.base_url, timeout_seconds)


class Client(ABC):
    """Calls the APIs of one endpoint over connections that it keeps open; close it, or use it in a `with`.

    Request values may be anything JSON has, numpy arrays, pandas frames, pydantic models, and `pathlib.Path`s, which
    are uploaded as files.
    """

    def predict(self, body: Any = None, /, **fields: Any) -> Any:
        """Call the declared API with a whole body, or with its fields as keywords.

        Returns:
            The parsed JSON, the text, or the bytes of the answer, by its content type.

        Raises:
            PredictionError: it did not answer, or with an error.
        """
        return self._call(None, body, fields)

    def call(self, api: str, body: Any = None, /, **fields: Any) -> Any:
        """Call another of the Bento's APIs by its route, such as `read_picture`; otherwise like `predict`."""
        return self._call(api.lstrip("/"), body, fields)

    @abstractmethod
    def stream(self, api: str, body: Any = None, /, **fields: Any) -> Iterator[str]:
        """Call a streaming API and give each piece as it comes.

        Raises:
            PredictionError: it did not answer, or with an error.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the connections."""

    @abstractmethod
    def _call(self, api: str | None, body: Any, fields: Mapping[str, Any]) -> Any:
        """Call an API by its route, or the declared one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class HttpClient(Client):
    """Of an endpoint that answers plain HTTP."""

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
def request_of(body: Any, fields: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The request as httpx takes it; files are open while it is used."""
    if body is not None and fields:
        raise TypeError("give a whole body or its fields as keywords, not both")
    values = fields if body is None else body
    if not isinstance(values, Mapping) or not any(isinstance(value, Path) for value in values.values()):
        content = json.dumps(values, default=_plain)
        yield {"content": content, "headers": {"content-type": "application/json"}}
        return
    with contextlib.ExitStack() as stack:
        files = {
            name: (value.name, stack.enter_context(value.open("rb")))
            for name, value in values.items()
            if isinstance(value, Path)
        }
        others = {name: _form_value(value) for name, value in values.items() if name not in files}
        yield {"files": files, "data": others}


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


def refused(where: str, status: int, content: bytes, content_type: str) -> PredictionError:
    """The error of an answer that is one."""
    text = content.decode(errors="replace")[:2000]
    return PredictionError(f"{where} answered {status}: {text}", status, parsed(content, content_type))


def parsed(content: bytes, content_type: str) -> Any:
    """The JSON, text or bytes of an answer."""
    kind = content_type.partition(";")[0]
    if kind == "application/json":
        return json.loads(content)
    return content.decode() if kind.startswith("text/") else content


def _form_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    """What JSON cannot write: arrays, frames and models by the methods they are known for."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "to_dict"):
        return value.to_dict(orient="records")
    raise TypeError(f"a {type(value).__name__} cannot be sent as JSON")
