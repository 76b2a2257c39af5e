"""What the clients of all targets have in common: their methods, requests, answers and errors."""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from modelberth_platform.errors import UserError


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
        texts = {name: _form_value(value) for name, value in values.items() if name not in files}
        yield {"files": files, "data": texts}


def refused(where: str, status: int, content: bytes, content_type: str, advice: str | None = None) -> PredictionError:
    """The error of an answer that is one; `advice` says what to do about it."""
    text = content.decode(errors="replace")[:2000]
    message = f"{where} answered {status}: {text}" + (f"\n{advice}" if advice else "")
    return PredictionError(message, status, parsed(content, content_type))


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
