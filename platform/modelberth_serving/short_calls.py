"""Decides where a plain (not `async`) method runs: in a thread, or in the event loop while its calls are short.

Handing a call to a thread and back takes longer than many a model does: 50 to 100 µs, more under load. A service of one
thread, which is BentoML's default, answers one such call at a time either way.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

SHORT_SECONDS = 0.002
"""A call within this time is short: other connections may wait for it."""

LONG_SECONDS = 0.05
"""One call that takes this long is enough to leave the event loop."""

_TRIALS = 30
"""How many short calls in the thread come before the event loop is trusted with them."""

_LONG_ONES = 3
"""How many calls in the event loop may be longer than short ones, roughly, before it is left."""

_DISTRUST = 1000
"""How many calls then run in BentoML's threads, before trials begin again."""


class ShortCalls:
    """Calls one method, each time where its calls so far suggest.

    The first calls run in a thread of their own; after 30 short ones they run in the event loop. One that is very long,
    or a few that are long, send the next thousand to BentoML's threads. `MODELBERTH_THREADS=always` keeps them there.

    Args:
        function: the method.
        to_thread: BentoML's way to run it in a thread.
        alone: whether the service has one thread and depends on no other service, so that a call waits for nothing
            that the event loop has to do.
    """

    def __init__(self, function: t.Callable[..., t.Any], to_thread: t.Callable[..., t.Any], *, alone: bool) -> None:
        self._function = function
        self._to_thread = to_thread
        self._alone = alone and os.environ.get("MODELBERTH_THREADS") != "always"
        self._trial_thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1) if self._alone else None
        self._short = 0
        self._long = 0.0
        self._distrusted = 0

    async def __call__(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        if not self._alone:
            return await self._to_thread(self._function, *args, **kwargs)
        if self._distrusted:
            self._distrusted -= 1
            return await self._to_thread(self._function, *args, **kwargs)
        if self._short < _TRIALS:
            return await self._try(args, kwargs)
        return self._here(args, kwargs)

    async def _try(self, args: t.Any, kwargs: t.Any) -> t.Any:
        """Call it in the thread for trials, which ends with them: a library such as OpenMP, which keeps threads of its
        own for each thread that calls it, shall not keep those."""
        if self._trial_thread is None:
            return await self._to_thread(self._timed, args, kwargs)
        run = contextvars.copy_context().run
        result = await asyncio.get_running_loop().run_in_executor(self._trial_thread, run, self._timed, args, kwargs)
        if self._short >= _TRIALS and self._trial_thread is not None:
            self._trial_thread.shutdown(wait=False)
            self._trial_thread = None
        return result

    def _timed(self, args: t.Any, kwargs: t.Any) -> t.Any:
        started = time.perf_counter()
        try:
            return self._function(*args, **kwargs)
        finally:
            short = time.perf_counter() - started < SHORT_SECONDS
            self._short = self._short + 1 if short else max(0, self._short - 3)

    def _here(self, args: t.Any, kwargs: t.Any) -> t.Any:
        """Call it in the event loop as if in a thread: with context variables of its own and no running event loop."""
        loop = asyncio._get_running_loop()
        started = time.perf_counter()
        asyncio._set_running_loop(None)
        try:
            return contextvars.copy_context().run(self._function, *args, **kwargs)
        finally:
            asyncio._set_running_loop(loop)
            self._judge(time.perf_counter() - started)

    def _judge(self, seconds: float) -> None:
        self._long = max(0.0, self._long - 0.01) if seconds < SHORT_SECONDS else self._long + 1
        if self._long > _LONG_ONES or seconds >= LONG_SECONDS:
            self._long, self._distrusted, self._short = 0.0, _DISTRUST, 0
