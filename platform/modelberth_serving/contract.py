"""The HTTP contract in front of a Bento: `GET /ping`, `POST /invocations`, limits, and an orderly end.

All other paths reach the Bento unchanged.
"""

from __future__ import annotations

import asyncio
import json
import typing as t

Scope = t.MutableMapping[str, t.Any]
Message = t.MutableMapping[str, t.Any]
Receive = t.Callable[[], t.Awaitable[Message]]
Send = t.Callable[[Message], t.Awaitable[None]]
Application = t.Callable[[Scope, Receive, Send], t.Awaitable[None]]

RELEASE_HEADER = b"x-modelberth-release"


class Contract:
    """An ASGI application in front of another one.

    Args:
        app: the Bento's application.
        ready_path: where the Bento says that it is ready; `/ping` is answered from there.
        invocations_path: the route of the declared API; `/invocations` is answered from there.
        own_paths: routes that the Bento itself declares; a route of the same name there stays its own.
        timeout_seconds: until the answer must have begun; after it the answer is 504.
        max_body_bytes: a larger request body is answered with 413.
        release: what `/ping` tells in the header `x-modelberth-release`.
    """

    def __init__(
        self,
        app: Application,
        *,
        ready_path: str,
        invocations_path: str | None,
        own_paths: t.Collection[str],
        timeout_seconds: float,
        max_body_bytes: int,
        release: str,
    ) -> None:
        self.app = app
        self.timeout_seconds = timeout_seconds
        self.max_body_bytes = max_body_bytes
        self.release = release.encode()
        self.draining = False
        self._aliases = {
            alias: path
            for alias, path in (("/ping", ready_path), ("/invocations", invocations_path))
            if path is not None and alias not in own_paths
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        answer = _Answer(self, send, tell_release=path == "/ping")
        if path in self._aliases:
            target = self._aliases[path]
            scope = {**scope, "path": target, "raw_path": target.encode()}
        declared = _content_length(scope)
        if declared is not None and declared > self.max_body_bytes:
            await answer.refuse_body()
            return
        await self._within_time(scope, answer.limited(receive), answer)

    async def _within_time(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        task = asyncio.current_task()
        assert task is not None
        expired = False

        def expire() -> None:
            nonlocal expired
            if not answer.started:
                expired = True
                task.cancel()

        timer = asyncio.get_running_loop().call_later(self.timeout_seconds, expire)
        try:
            await self.app(scope, receive, answer.send)
        except asyncio.CancelledError:
            if not expired:
                raise
            await answer.fail(504, f"no answer within {self.timeout_seconds:g} seconds")
        finally:
            timer.cancel()


class _Answer:
    """One request's answer on its way out."""

    def __init__(self, contract: Contract, send: Send, *, tell_release: bool) -> None:
        self._contract = contract
        self._send = send
        self._tell_release = tell_release
        self._body_too_large = False
        self._over = False
        self.started = False

    def limited(self, receive: Receive) -> Receive:
        """`receive`, ended where the body grows over the limit (a body sent in chunks declares no length)."""
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._contract.max_body_bytes:
                    self._body_too_large = True
                    return {"type": "http.disconnect"}
            return message

        return limited_receive

    async def send(self, message: Message) -> None:
        if self._over:
            return
        if message["type"] == "http.response.start":
            if self._body_too_large:
                await self.refuse_body()
                return
            self.started = True
            if self._tell_release:
                message = _with_header(message, RELEASE_HEADER, self._contract.release)
            if self._contract.draining:
                message = _with_header(message, b"connection", b"close")
        await self._send(message)

    async def refuse_body(self) -> None:
        limit = self._contract.max_body_bytes / 1024 / 1024
        # The rest of the body is never read, so the connection cannot carry another request.
        await self.fail(413, f"the request body is larger than {limit:g} MiB", close=True)

    async def fail(self, status: int, error: str, *, close: bool = False) -> None:
        body = json.dumps({"error": error}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if close or self._contract.draining:
            headers.append((b"connection", b"close"))
        self.started = self._over = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _with_header(message: Message, name: bytes, value: bytes) -> Message:
    return {**message, "headers": [*message.get("headers", ()), (name, value)]}


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None
