"""Response streaming for Lambda, which awslambdaric lacks: an answer is posted in chunks while the Bento makes it.

The protocol is that of custom runtimes
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).
"""

from __future__ import annotations

import asyncio
import base64
import json
import typing as t
from http.client import HTTPConnection

from modelberth_serving.in_process import receiving

STREAM_TYPE = "application/vnd.awslambda.http-integration-response"

_END_OF_PRELUDE = b"\0" * 8


class Stream:
    """An answer that is made while it is read: first the prelude with status and headers, then pieces of the body."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, app: t.Any, scope: t.MutableMapping[str, t.Any], body: bytes
    ) -> None:
        self._loop = loop
        self._call = (app, scope, body)

    def __iter__(self) -> t.Iterator[bytes]:
        messages: asyncio.Queue[t.Any] = asyncio.Queue(maxsize=16)
        task = self._loop.create_task(_answer(messages, *self._call))
        try:
            while (message := self._loop.run_until_complete(messages.get())) is not None:
                if message["type"] == "http.response.start":
                    yield _prelude(message) + _END_OF_PRELUDE
                elif message.get("body"):
                    yield bytes(message["body"])
            self._loop.run_until_complete(task)  # raises what the application raised
        finally:
            task.cancel()


def post_stream(runtime_api: str, invoke_id: str, stream: Stream) -> None:
    """Post the answer of an invocation while it is made; an error on the way is told in the trailers."""
    connection = HTTPConnection(runtime_api)
    connection.putrequest("POST", f"/2018-06-01/runtime/invocation/{invoke_id}/response")
    connection.putheader("Content-Type", STREAM_TYPE)
    connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
    connection.endheaders()
    trailers = b""
    try:
        for piece in stream:
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    except Exception as error:
        trailers = _trailers(error)
        print(f"modelberth_serving: an answer broke off: {error!r}", flush=True)
    connection.send(b"0\r\n" + trailers + b"\r\n")
    connection.getresponse().read()
    connection.close()


async def _answer(messages: asyncio.Queue[t.Any], app: t.Any, scope: t.MutableMapping[str, t.Any], body: bytes) -> None:
    try:
        await app(scope, receiving(body), messages.put)
    finally:
        await messages.put(None)


def _prelude(message: t.Mapping[str, t.Any]) -> bytes:
    headers: dict[str, str] = {}
    cookies = []
    for name, value in message.get("headers", ()):
        if name.lower() == b"set-cookie":
            cookies.append(value.decode("latin-1"))
        else:
            headers[name.decode("latin-1")] = value.decode("latin-1")
    return json.dumps({"statusCode": message["status"], "headers": headers, "cookies": cookies}).encode()


def _trailers(error: Exception) -> bytes:
    body = base64.b64encode(json.dumps({"errorMessage": str(error), "errorType": type(error).__name__}).encode())
    return (
        b"Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"
        b"Lambda-Runtime-Function-Error-Body: " + body + b"\r\n"
    )
