"""The time limit of a request, on a loop whose timers fire early, as uvloop's do by up to a millisecond."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from modelberth_serving.contract import Contract
from modelberth_serving.in_process import Answer, call, request_scope


class EarlyTimers(asyncio.SelectorEventLoop):
    """Fires each timer at half its time."""

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        timer = super().call_later(delay, callback, *args, context=context)
        self.call_at(self.time() + delay / 2, lambda: None if timer.cancelled() else callback(*args))
        return timer


async def never(*_: Any) -> None:
    await asyncio.Event().wait()


def answer_to(*headers: tuple[bytes, bytes], loop: asyncio.AbstractEventLoop) -> Answer:
    async def ask() -> Answer:
        contract = Contract(
            never,
            direct={"/predict": never},
            ready_path="/readyz",
            api="predict",
            routes={"predict": "/predict"},
            timeout_seconds=0.1,
            max_body_bytes=100,
            release="",
        )
        return await call(contract, request_scope("POST", "/predict", *headers), b"{}")

    try:
        return loop.run_until_complete(asyncio.wait_for(ask(), 5))
    finally:
        loop.close()


def test_a_late_answer_is_504_whatever_the_clock_says() -> None:
    plain = (b"content-length", b"2"), (b"content-type", b"application/json")
    for headers in (plain, ()):  # past the application, and through it
        answer = answer_to(*headers, loop=EarlyTimers())
        assert (answer.status, json.loads(answer.body)) == (504, {"error": "no answer within 0.1 seconds"})
