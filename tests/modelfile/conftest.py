from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def without_dill() -> Iterator[None]:
    """Models are saved as in a process of their own: `pulumi.dynamic` imports dill, which changes how joblib pickles."""
    dill = sys.modules.get("dill")
    if dill is not None:
        dill.extend(use_dill=False)
    yield
    if dill is not None:
        dill.extend(use_dill=True)
