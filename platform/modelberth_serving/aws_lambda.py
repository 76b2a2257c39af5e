"""The `lambda` role: the Bento behind AWS's own runtime client (awslambdaric), loaded once per environment.

HTTP events (API Gateway v1 and v2, function URL, load balancer) reach all routes. Any other event is the body of a
call of the declared API, and its answer is the function's result. With `MODELBERTH_LAMBDA_STREAMING=true`, for a
function URL in the mode RESPONSE_STREAM, answers are sent while they are made.

Init, of which Lambda gives 10 s, does what calls of the declared API need: `deferred` says what comes later.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import typing as t

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES, HANDLERS
from mangum.types import LambdaConfig

from modelberth_serving.errors import ServingError
from modelberth_serving.in_process import call, request_scope
from modelberth_serving.lambda_stream import STREAM_TYPE, Stream, post_stream
from modelberth_serving.loading import application_for, check_ready, event_loop, settle_memory
from modelberth_serving.settings import Settings

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""The largest synchronous request or answer (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

_CONFIG: LambdaConfig = {
    "api_gateway_base_path": "/",
    "text_mime_types": DEFAULT_TEXT_MIME_TYPES,
    "exclude_headers": [],
}

_MEMORY_OF_A_CPU_MB = 1769
"""Memory that comes with one vCPU (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)."""


def run() -> None:
    """Answer invocations until the environment ends. awslambdaric imports `lambda_entry`, which loads the model."""
    # A function sees more cores than its memory pays for; numeric libraries would start a thread for each of them.
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or _MEMORY_OF_A_CPU_MB)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, round(memory / _MEMORY_OF_A_CPU_MB))))
    bootstrap.run("modelberth_serving.lambda_entry.handler", _Client(os.environ["AWS_LAMBDA_RUNTIME_API"]))


@dataclasses.dataclass(frozen=True)
class Raw:
    """A result that is JSON already; it is not read and written again, which could change its bytes."""

    content: bytes


class RequestRefused(Exception):
    """A plain invocation that the API answered with 4xx; the message is the answer."""


class PredictionFailed(Exception):
    """A plain invocation that the API answered with 5xx; the message is the answer."""


class Handler:
    """Answers one event at a time, on an event loop that goes on where the last invocation left it.

    Raises:
        ServingError: the bundle cannot be served.
    """

    def __init__(self, settings: Settings, *, streaming: bool) -> None:
        settings = dataclasses.replace(settings, max_body_bytes=min(settings.max_body_bytes, MAX_PAYLOAD_BYTES))
        self._streaming = streaming
        self._contract, application = application_for(settings, hurried=True)
        self._loop = event_loop()
        asyncio.set_event_loop(self._loop)
        self._lifespan = application.lifespan()
        self._loop.run_until_complete(self._lifespan.__aenter__())
        self._loop.run_until_complete(check_ready(self._contract))
        settle_memory(collect=False)  # a function's init is short of time

    def __call__(self, event: t.Any, context: t.Any) -> t.Any:
        handler = next((kind for kind in HANDLERS if _is_http(event) and kind.infer(event, context, _CONFIG)), None)
        if handler is None:
            return self._plain(event)
        request = handler(event, context, _CONFIG)
        scope = _with_length(request.scope, request.body)
        if self._streaming:
            return Stream(self._loop, self._contract, scope, request.body)
        return _within_payload(request, self._answer(scope, request.body))

    def _plain(self, event: t.Any) -> t.Any:
        sent = json.dumps(event).encode()
        answer = self._answer(_with_length(_plain_request(), sent), sent)
        body: bytes = answer["body"]
        if answer["status"] >= 400:
            kind = RequestRefused if answer["status"] < 500 else PredictionFailed
            raise kind(body.decode(errors="replace"))
        if not _is_json(answer):
            return body.decode(errors="replace")
        if len(body) > MAX_PAYLOAD_BYTES:
            raise PredictionFailed(_too_large(len(body)))
        return Raw(body)

    def _answer(self, scope: t.MutableMapping[str, t.Any], body: bytes) -> dict[str, t.Any]:
        return self._loop.run_until_complete(call(self._contract, scope, body))._asdict()


class _Client(LambdaRuntimeClient):  # type: ignore[misc]
    """awslambdaric's client, which here can also post a stream."""

    class _Marshaller(LambdaMarshaller):  # type: ignore[misc]
        def marshal_response(self, response: t.Any) -> tuple[t.Any, str]:
            if isinstance(response, Stream):
                return response, STREAM_TYPE
            if isinstance(response, Raw):
                return response.content, "application/json"
            return t.cast("tuple[t.Any, str]", super().marshal_response(response))

    marshaller = _Marshaller()

    def post_invocation_result(
        self,
        invoke_id: str,
        result_data: t.Any,
        content_type: str = "application/json",
        invocation_id: str | None = None,
    ) -> None:
        if isinstance(result_data, Stream):
            post_stream(self.lambda_runtime_address, invoke_id, result_data)
        else:
            super().post_invocation_result(invoke_id, result_data, content_type, invocation_id)


def _within_payload(request: t.Any, answer: dict[str, t.Any]) -> dict[str, t.Any]:
    envelope: dict[str, t.Any] = request(answer)
    if len(envelope["body"]) <= MAX_PAYLOAD_BYTES:
        return envelope
    error = json.dumps({"error": _too_large(len(envelope["body"]))}).encode()
    answer = {"status": 502, "headers": [(b"content-type", b"application/json")], "body": error}
    return t.cast("dict[str, t.Any]", request(answer))


def _too_large(size: int) -> str:
    return (
        f"the answer is {size / 1024 / 1024:.1f} MiB as Lambda carries it, and it carries at most 6; ask for fewer "
        "rows, or use response streaming or another target"
    )


def _is_http(event: t.Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("requestContext"), dict)


def _is_json(answer: dict[str, t.Any]) -> bool:
    kinds = [value for name, value in answer["headers"] if name.lower() == b"content-type"]
    return bool(kinds) and b"json" in kinds[0]


def _with_length(scope: t.MutableMapping[str, t.Any], body: bytes) -> t.MutableMapping[str, t.Any]:
    """The request with its length, which many an event lacks and without which it would not go straight to its API."""
    if not any(name == b"content-length" for name, _ in scope["headers"]):
        scope["headers"] = [*scope["headers"], (b"content-length", b"%d" % len(body))]
    return scope


def _plain_request() -> t.MutableMapping[str, t.Any]:
    return request_scope("POST", "/invocations", (b"content-type", b"application/json"))


def prepare() -> Handler:
    """Load the model, once for the life of the environment.

    Raises:
        ServingError: the bundle cannot be served; Lambda's log has the reason.
    """
    try:
        streaming = os.environ.get("MODELBERTH_LAMBDA_STREAMING", "").lower() in ("1", "true")
        return Handler(Settings.from_environment(), streaming=streaming)
    except ServingError as error:
        print(f"modelberth_serving: {error}", flush=True)
        raise
