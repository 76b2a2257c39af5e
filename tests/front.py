"""A server on loopback in the place of API Gateway or a function URL: tells what reached it, or answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from signatures import signer


@dataclass
class Front:
    """What the server answers, and what it got.

    Attributes:
        url: of the server.
        service: what its requests must be signed for; None where they need not be.
        answer: the status, headers and body of the next answers; None where it tells what it got.
        received: each request's path, headers (lower case), body, and the access key that signed it.
    """

    url: str = ""
    service: str | None = None
    answer: tuple[int, dict[str, str], str] | None = None
    received: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        return self.received[-1]


class _Handler(BaseHTTPRequestHandler):
    front: Front

    def do_POST(self) -> None:
        front, body = self.front, self.rfile.read(int(self.headers.get("content-length") or 0))
        key = signer(self.headers, self.path, body, front.service) if front.service else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        front.received.append({"path": self.path, "headers": headers, "body": body, "key": key})
        if front.answer is not None:
            self._send(*front.answer)
        elif front.service and key is None:
            self._send(403, {"content-type": "application/json"}, '{"message":"Forbidden"}')
        elif self.path.endswith("/count"):
            self._send(200, {"content-type": "text/plain"}, "one\ntwo\n")
        else:
            self._send(200, {"content-type": "application/json"}, json.dumps({"path": self.path, "bytes": len(body)}))

    def _send(self, status: int, headers: dict[str, str], body: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def front(service: str | None = None) -> Iterator[Front]:
    """The server, as long as it is wanted."""
    state = Front(service=service)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"front": state}))
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def lead_to(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every https address lead to the server, its name still in the header `host`, which is signed."""
    there, own = httpx.URL(front.url), httpx.HTTPTransport.handle_request

    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host=there.host, port=there.port)
        return own(transport, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle_request)
