"""How large a request is as Lambda carries it: one JSON event, which holds headers, body, and what is known of the call
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)."""

from __future__ import annotations

import json

import httpx

MAX_EVENT_BYTES = 6 * 1024 * 1024
"""Of a synchronous invocation (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
INSTEAD = (
    "send fewer rows at a time, predict the rows of files with modelberth batch, or serve large requests with "
    "a ManagedEndpoint on SageMaker, which takes 25 MB, and 1 GB asynchronously"
)
CONTEXT_BYTES = 1024
"""What an event holds at least beside the request's own headers and body: its time, its caller, the signature."""
_TEXTS = frozenset({"application/json", "application/javascript", "application/xml"})
"""With `text/*` the content types that events hold as they are; AWS's pages call all others binary, and name none."""


def too_large(request: httpx.Request, *, as_bytes: bool = False) -> str | None:
    """Why Lambda cannot carry a request, and what can; None where it can.

    Args:
        request: to an endpoint.
        as_bytes: whether bodies of every kind are carried in base64, as the private APIs of this target do.
    """
    content, headers = request.read(), dict(request.headers)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    text = is_text(kind) and not as_bytes
    carried = _carried(content, text) + len(json.dumps(headers)) + CONTEXT_BYTES
    if carried <= MAX_EVENT_BYTES:
        return None
    how = "with its escapes" if text else "in base64"
    return (
        f"the request is {carried:,} bytes as Lambda carries it ({len(content):,} of {kind or 'unnamed content'}, "
        f"{how}), and it carries at most {MAX_EVENT_BYTES:,}; {INSTEAD}"
    )


def is_text(kind: str) -> bool:
    """Whether an event holds a body of that content type as text; all others are written in base64."""
    return kind.startswith("text/") or kind in _TEXTS


def _carried(content: bytes, text: bool) -> int:
    if not text:
        return (len(content) + 2) // 3 * 4
    return len(json.dumps(content.decode(errors="replace"), ensure_ascii=False).encode())
