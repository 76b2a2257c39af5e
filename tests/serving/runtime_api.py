"""AWS's Lambda runtime API, as a function's container sees it
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): hands out events and takes what is answered.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/2018-06-01/runtime/"


@dataclass
class Answer:
    """The answer that a function posted to one invocation, or the error of its init phase."""

    path: str
    headers: dict[str, str]
    body: bytes
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.path.endswith("/error")

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def streamed(self) -> tuple[dict[str, Any], bytes]:
        """The prelude and the body of a streamed answer."""
        prelude, _, body = self.body.partition(b"\0" * 8)
        return json.loads(prelude), body


class RuntimeApi:
    """A server of the API; `address` is what AWS_LAMBDA_RUNTIME_API is set to."""

    def __init__(self) -> None:
        self.events: queue.Queue[bytes] = queue.Queue()
        self.answers: queue.Queue[Answer] = queue.Queue()
        self.ready = threading.Event()
        self._server = _Server(self)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def invoke(self, event: Any, timeout: float = 60) -> Answer:
        """Hand out one event and return what the function answers."""
        self.events.put(json.dumps(event).encode())
        return self.answers.get(timeout=timeout)

    def init_error(self, timeout: float = 60) -> Answer:
        """The error that the function reports instead of asking for its first event."""
        return self.answers.get(timeout=timeout)

    @contextmanager
    def running(self) -> Iterator[RuntimeApi]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api
        self.count = iter(range(1, 1_000_000))

    def handle_error(self, *args: Any) -> None:
        """Say nothing: a function that is ended while it waits breaks its connection."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_message(self, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        assert self.path == f"{PREFIX}invocation/next"
        self.server.api.ready.set()
        event = self._next_event()
        if event is None:
            return
        self._reply(
            200,
            event,
            {
                "Lambda-Runtime-Aws-Request-Id": str(next(self.server.count)),
                "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
                "Content-Type": "application/json",
            },
        )

    def _next_event(self) -> bytes | None:
        """The next event, or None if the function left while it waited: then the event is kept for the next one."""
        while True:
            try:
                return self.server.api.events.get(timeout=0.2)
            except queue.Empty:
                try:
                    if self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                        return None
                except BlockingIOError:
                    continue
                except OSError:
                    return None

    def do_POST(self) -> None:
        answer = Answer(self.path, {name.lower(): value for name, value in self.headers.items()}, b"")
        if answer.headers.get("transfer-encoding") == "chunked":
            self._read_chunks(answer)
        else:
            answer.body = self.rfile.read(int(answer.headers.get("content-length", "0")))
        self.server.api.answers.put(answer)
        self._reply(202, b"{}", {})

    def _read_chunks(self, answer: Answer) -> None:
        while size := int(self.rfile.readline().strip() or b"0", 16):
            piece = self.rfile.read(size)
            self.rfile.readline()
            answer.pieces.append((time.monotonic(), piece))
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(": ")
            answer.trailers[name.lower()] = value
        answer.body = b"".join(piece for _, piece in answer.pieces)

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def http_v2(path: str, body: str | None = None, *, method: str = "POST", base64: bool = False, **headers: str) -> Any:
    """An event of an HTTP API or a function URL."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "x.lambda-url.eu-west-1.on.aws", **headers},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "domainName": "x.lambda-url.eu-west-1.on.aws",
            "stage": "$default",
            "requestId": "r",
            "timeEpoch": 1,
        },
        "body": body,
        "isBase64Encoded": base64,
    }


def rest_v1(path: str, body: str | None = None, *, method: str = "POST", **headers: str) -> Any:
    """An event of a REST API."""
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", "Host": "x.execute-api.eu-west-1.amazonaws.com", **headers},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"identity": {"sourceIp": "192.0.2.1"}, "stage": "prod", "requestId": "r"},
        "body": body,
        "isBase64Encoded": False,
    }


def load_balancer(path: str, body: str | None = None, *, method: str = "POST") -> Any:
    """An event of an Application Load Balancer."""
    return {
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup"}
        },
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {},
        "headers": {"content-type": "application/json", "host": "x.elb.amazonaws.com", "x-forwarded-for": "192.0.2.1"},
        "body": body or "",
        "isBase64Encoded": False,
    }
