"""What the tests of model files share: how models are saved, and a server for what becomes of them."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bentoml
import httpx
import pytest
import yaml
from joblib.numpy_pickle import NumpyPickler
from serving.conftest import Server


@pytest.fixture(autouse=True)
def without_dill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save models as a process without dill does; `pulumi.dynamic` imports it, which changes how joblib saves."""
    monkeypatch.setitem(NumpyPickler.dispatch, type, pickle._Pickler.save_type)  # type: ignore[attr-defined]


Serve = Callable[[Path], str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve the Bento in a folder until the test ends; the result is the server's URL."""
    servers: list[Server] = []

    def start(folder: Path) -> str:
        servers.append(Server(folder, tmp_path))
        return servers[-1].url

    yield start
    for server in servers:
        server.stop()


def schemas_of(folder: Path) -> Any:
    """What `bento.yaml` says of the API, and what BentoML reads from the generated source; both must agree."""
    declared = yaml.safe_load((folder / "bento.yaml").read_text())["schema"]["routes"]
    sys.modules.pop("service", None)  # another Bento's module of the same name
    generated = json.loads(json.dumps(bentoml.load(str(folder)).schema()["routes"]))
    return declared, generated


def predicted(url: str, **inputs: Any) -> Any:
    """The answer of the API `predict`."""
    return httpx.post(f"{url}/predict", json=inputs).raise_for_status().json()
