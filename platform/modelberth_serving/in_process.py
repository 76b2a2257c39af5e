"""Calls an ASGI application without a server."""

from __future__ import annotations

import asyncio
import typing as t

Scope = t.MutableMapping[str, t.Any]


class Answer(t.NamedTuple):
    """The whole answer of an application."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def call(app: t.Any, scope: Scope, body: bytes = b"") -> Answer:
    """Send one request to the application and return its answer."""
    started: list[t.Mapping[str, t.Any]] = []
    pieces: list[bytes] = []

    async def send(message: t.MutableMapping[str, t.Any]) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            pieces.append(message.get("body", b""))

    await app(scope, receiving(body), send)
    status, headers = (started[0]["status"], list(started[0].get("headers", ()))) if started else (500, [])
    return Answer(status, headers, b"".join(pieces))


def request_scope(method: str, path: str, *headers: tuple[bytes, bytes]) -> Scope:
    """The ASGI scope of a request that comes from no client."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": None,
        "server": None,
    }


def receiving(body: bytes) -> t.Callable[[], t.Awaitable[dict[str, t.Any]]]:
    """An ASGI `receive` that gives one whole body and then waits: Starlette ends a stream when its client is gone."""
    requests = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, t.Any]:
        if requests:
            return requests.pop()
        await asyncio.Event().wait()
        raise AssertionError

    return receive
