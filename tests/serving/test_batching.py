"""Merged calls answer as single ones do."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelberth_serving.batching import Batcher


class Model:
    """Doubles numbers and notes how many at a time; refuses negative ones."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def __call__(self, rows: Any) -> Any:
        self.sizes.append(len(rows))
        await asyncio.sleep(0.001)
        if (np.asarray(rows) < 0).any():
            raise ValueError("negative")
        return [row * 2 for row in rows] if isinstance(rows, list) else rows * 2


_requests = st.lists(st.lists(st.integers(-1, 50), min_size=1, max_size=9), min_size=1, max_size=12)


@given(requests=_requests, max_rows=st.integers(1, 12), as_array=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_request_gets_its_own_answer(requests: list[list[int]], max_rows: int, as_array: bool) -> None:
    model = Model()

    async def scenario() -> list[Any]:
        batcher = Batcher(model, (0, 0), max_rows)
        values = [np.array(rows) if as_array else rows for rows in requests]
        return await asyncio.gather(*(batcher(value) for value in values), return_exceptions=True)

    for rows, answer in zip(requests, asyncio.run(scenario()), strict=True):
        if min(rows) < 0:
            assert isinstance(answer, ValueError), "only the request that the model refuses fails"
        else:
            assert list(answer) == [row * 2 for row in rows]
    assert max(model.sizes) <= max_rows, "no call is larger than the API takes"


def test_what_waits_is_merged() -> None:
    model = Model()

    async def scenario() -> None:
        batcher = Batcher(model, (0, 0), 100)
        await asyncio.gather(*(batcher([number]) for number in range(50)))

    asyncio.run(scenario())
    assert sum(model.sizes) == 50
    assert len(model.sizes) <= 2


def test_a_lone_request_waits_for_nobody() -> None:
    model = Model()

    async def scenario() -> Any:
        return await Batcher(model, (0, 0), 100)([3])

    assert asyncio.run(scenario()) == [6]
    assert model.sizes == [1]


def test_tables_are_merged_by_rows() -> None:
    model = Model()

    async def scenario() -> list[pd.DataFrame]:
        batcher = Batcher(model, (0, 0), 100)
        return await asyncio.gather(*(batcher(pd.DataFrame({"a": [number], "b": [1]})) for number in range(5)))

    tables = asyncio.run(scenario())
    assert [table.to_dict(orient="records") for table in tables] == [[{"a": 2 * n, "b": 2}] for n in range(5)]


def test_a_cancelled_request_leaves_the_others() -> None:
    async def scenario() -> Any:
        batcher = Batcher(Model(), (0, 0), 100)
        first, second = (asyncio.ensure_future(batcher([number])) for number in (1, 2))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second, await batcher([3])

    assert asyncio.run(scenario()) == ([4], [6])
