from __future__ import annotations

import pickle

import pytest
from joblib.numpy_pickle import NumpyPickler


@pytest.fixture(autouse=True)
def without_dill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save models as a process without dill does; `pulumi.dynamic` imports it, which changes how joblib saves."""
    monkeypatch.setitem(NumpyPickler.dispatch, type, pickle._Pickler.save_type)  # type: ignore[attr-defined]
