"""Short calls run in the event loop, long ones in threads, and a method cannot tell."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from modelberth_serving import short_calls
from modelberth_serving.short_calls import LONG_SECONDS, ShortCalls

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="untouched")


async def to_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return await asyncio.to_thread(function, *args, **kwargs)


def calls(function: Callable[..., Any], *, alone: bool = True) -> ShortCalls:
    return ShortCalls(function, to_thread, alone=alone)


def in_loop() -> bool:
    return threading.current_thread() is threading.main_thread()


@dataclass
class Clock:
    """The time, which passes as calls say: on a busy machine a short call may take long."""

    now: float = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(short_calls, "time", clock)
    return clock


def test_short_calls_move_into_the_loop_and_a_long_one_out_of_it(clock: Clock) -> None:
    def method(seconds: float = 0) -> bool:
        clock.now += seconds
        return in_loop()

    async def scenario() -> None:
        call = calls(method)
        places = [await call() for _ in range(60)]
        assert not any(places[:30])
        assert all(places[30:])
        assert await call(LONG_SECONDS), "where it runs is known only afterwards"
        assert not any([await call() for _ in range(50)])

    asyncio.run(scenario())


def test_a_few_long_calls_among_many_short_ones_stay(clock: Clock) -> None:
    def method(number: int) -> bool:
        clock.now += 0.004 if number % 400 == 399 else 0
        return in_loop()

    async def scenario() -> list[bool]:
        call = calls(method)
        return [await call(number) for number in range(1500)]

    assert all(asyncio.run(scenario())[100:])


@pytest.mark.parametrize("alone", [False, True])
def test_always_in_threads(alone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if alone:
        monkeypatch.setenv("MODELBERTH_THREADS", "always")

    async def scenario() -> list[bool]:
        call = calls(in_loop, alone=alone)
        return [await call() for _ in range(60)]

    assert not any(asyncio.run(scenario()))


def test_a_method_cannot_tell_where_it_runs() -> None:
    async def inner() -> int:
        await asyncio.sleep(0)
        return 7

    def method() -> tuple[str, int]:
        seen = VARIABLE.get()
        VARIABLE.set("changed")
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return seen, asyncio.run(inner())

    async def scenario() -> set[Any]:
        call = calls(method)
        threads = {await call() for _ in range(60)}
        assert asyncio.get_running_loop() is not None
        return threads

    assert asyncio.run(scenario()) == {("untouched", 7)}


def test_errors_come_through_and_are_no_reason_to_move() -> None:
    def method() -> None:
        raise ValueError("no")

    async def scenario() -> None:
        call = calls(method)
        for _ in range(60):
            with pytest.raises(ValueError, match="no"):
                await call()

    asyncio.run(scenario())
    time.sleep(0.05)
    assert not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name], "the trials' thread"


def test_many_at_once() -> None:
    async def scenario() -> list[Any]:
        call = calls(lambda number: number * 2)
        return await asyncio.gather(*(call(number) for number in range(200)))

    assert asyncio.run(scenario()) == [number * 2 for number in range(200)]
