"""SageMaker's runtime API on loopback, in front of a container: checks the signature, calls `/invocations`.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Runtime.html
"""

from __future__ import annotations

import binascii
import json
import re
import struct
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import httpx
from signatures import signer

ROUTE = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream|async-invocations)")


class Handler(BaseHTTPRequestHandler):
    container: str
    endpoint: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        route = ROUTE.fullmatch(self.path)
        if signer(self.headers, self.path, body, "sagemaker") is None:
            self._error(403, "InvalidSignatureException", {"message": "the signature does not match"})
        elif route is None or route.group(1) != self.endpoint:
            self._error(400, "ValidationError", {"message": f"Endpoint of {self.path} not found."})
        elif route.group(2) == "async-invocations":
            self._queue()
        else:
            self._invoke(body, streamed=route.group(2) != "invocations")

    def _invoke(self, body: bytes, streamed: bool) -> None:
        answer = self._ask(body, self.headers["content-type"])
        if answer.status_code >= 400:
            said = {"OriginalStatusCode": answer.status_code, "OriginalMessage": answer.text, "message": "model error"}
            self._error(424, "ModelError", said)
        elif streamed:
            pieces = [answer.content[start : start + 4] for start in range(0, len(answer.content), 4)]
            self._send(200, b"".join(map(_event, pieces)), {"content-type": "application/vnd.amazon.eventstream"})
        else:
            self._send(200, answer.content, {"content-type": answer.headers.get("content-type", "")})

    def _queue(self) -> None:
        """The answer is there at once; an error goes to the place for failures."""
        s3 = boto3.client("s3")
        source = self.headers["x-amzn-sagemaker-inputlocation"].removeprefix("s3://")
        bucket, _, key = source.partition("/")
        found = s3.get_object(Bucket=bucket, Key=key)
        answer = self._ask(found["Body"].read(), found["ContentType"])
        name = f"{uuid.uuid4()}.out"
        kind = "output" if answer.status_code < 400 else "failure"
        content_type = answer.headers.get("content-type", "")
        s3.put_object(Bucket=bucket, Key=f"{kind}/{name}", Body=answer.content, ContentType=content_type)
        headers = {
            "X-Amzn-SageMaker-OutputLocation": f"s3://{bucket}/output/{name}",
            "X-Amzn-SageMaker-FailureLocation": f"s3://{bucket}/failure/{name}",
        }
        self._send(202, json.dumps({"InferenceId": name}).encode(), headers)

    def _ask(self, body: bytes, content_type: str) -> httpx.Response:
        headers = {"content-type": content_type}
        if attributes := self.headers.get("x-amzn-sagemaker-custom-attributes"):
            headers["x-amzn-sagemaker-custom-attributes"] = attributes
        return httpx.post(f"{self.container}/invocations", content=body, headers=headers, timeout=30)

    def _error(self, status: int, kind: str, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), {"content-type": "application/json", "x-amzn-errortype": kind})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def _event(payload: bytes) -> bytes:
    """One message of an event stream (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html)."""
    headers = b""
    for name, value in {":message-type": "event", ":event-type": "PayloadPart"}.items():
        headers += bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", binascii.crc32(message))


@contextmanager
def sagemaker_runtime(endpoint: str, container: str) -> Iterator[str]:
    """The API's URL; the endpoint is the container behind that URL."""
    handler = type("Bound", (Handler,), {"container": container, "endpoint": endpoint})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
