from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.stack import Failed, Stack

_numbers = itertools.count()


@pytest.fixture
def stack(machine: Path) -> Iterator[Stack]:
    """A fresh stack; what it runs is destroyed afterwards."""
    assert shutil.which("pulumi"), "the Pulumi CLI is not on PATH; run the tests with make test"
    project = f"shop{next(_numbers)}"
    stack = Stack(machine / project, project)
    yield stack
    try:
        stack.destroy()
    except Failed:
        stack.run("cancel", "--yes")
        stack.destroy()
