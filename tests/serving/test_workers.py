"""Several workers in one container: shared port, replaced when they die, drained together."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx
import psutil
import pytest
import yaml
from conftest import Variant

from modelberth_serving.errors import ServingError
from modelberth_serving.workers import wanted_workers
from serving.conftest import Server


def pids(server: Server, requests: int = 60) -> set[int]:
    """The ids of the workers that answer; each request has a connection of its own."""
    return {httpx.post(f"{server.url}/process", json={}).json() for _ in range(requests)}


def test_workers_share_a_port_and_are_replaced(echo: Path, tmp_path: Path) -> None:
    server = Server(echo, tmp_path, MODELBERTH_WORKERS="2", MODELBERTH_API="process")
    deadline = time.monotonic() + 30
    while len(workers := pids(server)) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(workers) == 2
    assert server.process.pid not in workers
    killed = workers.pop()
    os.kill(killed, signal.SIGKILL)
    while len(workers := pids(server)) < 2 and time.monotonic() < deadline + 30:
        time.sleep(0.2)
    assert len(workers) == 2
    assert killed not in workers
    assert 'bentoml_service_request_total{endpoint="/process"' in httpx.get(f"{server.url}/metrics").text
    assert server.stop() == 0
    assert not any(psutil.pid_exists(pid) for pid in workers)
    assert server.log.read_text().count("echo: goodbye") == 2, "both drained"


def test_a_model_that_does_not_load_ends_the_container(variant: Variant, tmp_path: Path) -> None:
    folder = variant("broken", "self.release_name = RELEASE", 'raise RuntimeError("no model")')
    with pytest.raises(AssertionError, match="no model") as caught:
        Server(folder, tmp_path, MODELBERTH_WORKERS="2")
    assert "another one starts" in str(caught.value)


def test_how_many(echo: Path, variant: Variant) -> None:
    assert wanted_workers(echo, {}) == 1
    assert wanted_workers(echo, {"MODELBERTH_WORKERS": "3"}) == 3
    assert wanted_workers(echo, {"MODELBERTH_WORKERS": "cpu_count"}) == len(os.sched_getaffinity(0))
    folder = variant("many")
    bento = yaml.safe_load((folder / "bento.yaml").read_text())
    bento["services"][0]["config"] = {"workers": 4}
    (folder / "bento.yaml").write_text(yaml.safe_dump(bento))
    assert wanted_workers(folder, {}) == 4
    assert wanted_workers(folder, {"MODELBERTH_WORKERS": "1"}) == 1
    for wrong in ("0", "-1", "many"):
        with pytest.raises(
            ServingError, match=f"the number of workers is '{wrong}'; it must be 1 or more, or cpu_count"
        ):
            wanted_workers(echo, {"MODELBERTH_WORKERS": wrong})
