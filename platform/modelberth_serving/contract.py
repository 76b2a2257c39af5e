"""The HTTP contract in front of a Bento: `GET /ping`, `POST /invocations`, limits, and an orderly end.

Requests to other paths reach the Bento unchanged.
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

DirectCall = t.Callable[[bytes, Scope], t.Awaitable[t.Any]]
"""Returns the answer's headers and body, or None if the application has to answer."""

RELEASE_HEADER = b"x-modelberth-release"


class Contract:
    """An ASGI application in front of another one.

    Args:
        app: the Bento's application.
        direct: the APIs that a request with a plain JSON body may call past `app`, by path.
        ready_path: the path at which the Bento says that it is ready; `/ping` is answered from there.
        api: the name of the declared API, which `/invocations` calls; None where the Bento has several and none is
            declared.
        routes: the path of each API by its name. A path that the Bento itself declares stays its own.
        timeout_seconds: the time in which an answer must begin; after it the answer is 504.
        max_body_bytes: the largest request body; a larger one is answered with 413.
        release: the value of the header `x-modelberth-release` of `/ping`.
    """

    def __init__(
        self,
        app: Application,
        *,
        direct: t.Mapping[str, DirectCall],
        ready_path: str,
        api: str | None,
        routes: t.Mapping[str, str],
        timeout_seconds: float,
        max_body_bytes: int,
        release: str,
    ) -> None:
        self.app = app
        self._direct = dict(direct)
        if api is not None and routes.get(api) in direct and "/invocations" not in routes.values():
            self._direct["/invocations"] = direct[routes[api]]
        self.timeout_seconds = timeout_seconds
        self.max_body_bytes = max_body_bytes
        self.release = release.encode()
        self.draining = False
        self._api = api
        self._routes = routes
        self._ready_path = ready_path
        self._own_paths = frozenset(routes.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        direct = self._direct.get(scope["path"])
        if direct is not None and (size := _plain_size(scope)) is not None and size <= self.max_body_bytes:
            body, receive = await _read(receive)
            if await self._answered(direct, body, scope, send):
                return
        answer = _Answer(self, send, tell_release=scope["path"] == "/ping")
        try:
            path = self._path(scope)
        except _UnknownApi as error:
            await answer.fail(400, str(error), close=True)
            return
        if path != scope["path"]:
            scope = {**scope, "path": path, "raw_path": path.encode()}
        declared = _content_length(scope)
        if declared is not None and declared > self.max_body_bytes:
            await answer.refuse_body()
            return
        await self._within_time(scope, answer.limited(receive), answer)

    async def _answered(self, direct: DirectCall, body: bytes, scope: Scope, send: Send) -> bool:
        """Whether the API's own method answered; otherwise the application has to."""
        deadline = _Deadline(self.timeout_seconds)
        try:
            answer = await direct(body, scope)
        except asyncio.CancelledError:
            if not deadline.expired:
                raise
            await _Answer(self, send, tell_release=False).fail(504, self._too_late)
            return True
        finally:
            deadline.end()
        if answer is None:
            return False
        headers = [*answer.headers, (b"connection", b"close")] if self.draining else answer.headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
        return True

    @property
    def _too_late(self) -> str:
        return f"no answer within {self.timeout_seconds:g} seconds"

    def _path(self, scope: Scope) -> str:
        """The path in the Bento that the request goes to."""
        path: str = scope["path"]
        if path in self._own_paths:
            return path
        if path == "/ping":
            return self._ready_path
        if path == "/invocations":
            api = _attributes(scope).get("api", self._api)
            if api is None or api not in self._routes:
                problem = f"there is no API {api!r}" if api else "no API is declared"
                raise _UnknownApi(f"{problem}; the Bento has {', '.join(sorted(self._routes))}")
            return self._routes[api]
        return path

    async def _within_time(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        deadline = _Deadline(self.timeout_seconds, unless=lambda: answer.started)
        try:
            await self.app(scope, receive, answer.send)
        except asyncio.CancelledError:
            if not deadline.expired:
                raise
            await answer.fail(504, self._too_late)
        finally:
            deadline.end()


class _Deadline:
    """Cancels the current task after a time.

    Whether it did is recorded, not computed from the clock: a loop's timers may fire a moment before their time.

    Attributes:
        expired: whether the task was cancelled by this deadline.
    """

    def __init__(self, seconds: float, *, unless: t.Callable[[], bool] = lambda: False) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._unless = unless
        self.expired = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        if not self._unless():
            self.expired = True
            self._task.cancel()

    def end(self) -> None:
        """Let the task go on for ever."""
        self._timer.cancel()


class _UnknownApi(Exception):
    """An invocation of an API that the Bento does not have."""


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
        """`receive`, which ends once the body is over the limit (a body sent in chunks declares no length)."""
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


def _attributes(scope: Scope) -> dict[str, str]:
    """`name=value` pairs of SageMaker's `CustomAttributes`, the only thing beside the body that its callers can send
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html)."""
    for name, value in scope["headers"]:
        if name == b"x-amzn-sagemaker-custom-attributes":
            pairs = (part.partition("=") for part in value.decode("latin-1").replace(";", ",").split(","))
            return {key.strip(): text.strip() for key, separator, text in pairs if separator}
    return {}


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Read the request's body; return it, and a `receive` that gives it once more."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        pieces = [body]
        while message.get("more_body"):
            message = await receive()
            pieces.append(message.get("body", b""))
        body = b"".join(pieces)
    left = [message if message["type"] == "http.disconnect" else {"type": "http.request", "body": body}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return body, again


_PLAIN_JSON = frozenset({b"application/json", b"application/json;charset=utf-8"})
"""The content types of plain JSON; what other charsets mean, BentoML says."""


def _plain_size(scope: Scope) -> int | None:
    """The length of a plain JSON body; None if a request is anything else or names an API."""
    if scope["method"] != "POST":
        return None
    size = None
    for name, value in scope["headers"]:
        if name == b"content-length":
            size = int(value) if value.isdigit() else None
        elif name == b"content-type":
            if value.lower().replace(b" ", b"") not in _PLAIN_JSON:
                return None
        elif name == b"x-amzn-sagemaker-custom-attributes":
            return None
    return size


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None
