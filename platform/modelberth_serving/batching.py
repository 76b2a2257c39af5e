"""Adaptive batching of an API that is marked batchable: requests that arrive during a call are merged into the next.

No request waits for others, so a lone request is answered at once; under load batches grow by themselves. BentoML's own
dispatcher learns how long to wait, and sleeps in steps of a millisecond.
"""

from __future__ import annotations

import asyncio
import typing as t
from collections import deque


class Batcher:
    """Merges the calls of one API.

    Args:
        call: runs the method with one merged value.
        batch_dim: the dimensions along which inputs are joined and answers are split.
        max_rows: the most rows of one call, which is the API's `max_batch_size`.
    """

    def __init__(
        self, call: t.Callable[[t.Any], t.Awaitable[t.Any]], batch_dim: tuple[int, int], max_rows: int
    ) -> None:
        from bentoml._internal.runner.container import AutoContainer

        self._call = call
        self._batch_dim = batch_dim
        self._max_rows = max_rows
        self._container = AutoContainer
        self._waiting: deque[tuple[t.Any, asyncio.Future[t.Any]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, value: t.Any) -> t.Any:
        """The answer for one request's rows."""
        future: asyncio.Future[t.Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((value, future))
        if self._worker is None:
            self._worker = asyncio.ensure_future(self._work())
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._next())
        finally:
            self._worker = None

    def _next(self) -> list[tuple[t.Any, asyncio.Future[t.Any]]]:
        """As many waiting requests as one call takes, at least one."""
        taken = [self._waiting.popleft()]
        rows = self._rows(taken[0][0])
        while self._waiting and rows + (more := self._rows(self._waiting[0][0])) <= self._max_rows:
            taken.append(self._waiting.popleft())
            rows += more
        return [(value, future) for value, future in taken if not future.done()]

    async def _answer(self, jobs: list[tuple[t.Any, asyncio.Future[t.Any]]]) -> None:
        if not jobs:  # all of them were cancelled while they waited
            return
        try:
            answers = await self._answers([value for value, _ in jobs])
        except Exception as error:
            if len(jobs) == 1:
                _settle(jobs[0][1], error=error)
                return
            for job in jobs:  # one request that the model refuses must not fail its neighbours
                await self._answer([job])
            return
        for (_, future), answer in zip(jobs, answers):
            _settle(future, answer)

    async def _answers(self, values: list[t.Any]) -> t.Sequence[t.Any]:
        if len(values) == 1:
            return [await self._whole(values[0])]
        merged, indices = self._container.batches_to_batch(values, self._batch_dim[0])
        result = await self._call(merged)
        return t.cast("t.Sequence[t.Any]", self._container.batch_to_batches(result, indices, self._batch_dim[1]))

    async def _whole(self, value: t.Any) -> t.Any:
        """One request's rows, in several calls where they are more than one call takes."""
        rows = self._rows(value)
        if rows <= self._max_rows:
            return await self._call(value)
        indices = [*range(0, rows, self._max_rows), rows]
        pieces = self._container.batch_to_batches(value, indices, self._batch_dim[0])
        results = [await self._call(piece) for piece in pieces]
        return self._container.batches_to_batch(results, self._batch_dim[1])[0]

    def _rows(self, value: t.Any) -> int:
        shape = getattr(value, "shape", None)
        return int(shape[self._batch_dim[0]]) if shape is not None else len(value)


def _settle(future: asyncio.Future[t.Any], answer: t.Any = None, error: Exception | None = None) -> None:
    if future.done():  # its request was cancelled meanwhile
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(answer)
