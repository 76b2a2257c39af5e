from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from conftest import ROOT
from parallel import free_port


class Server:
    """`python -m modelberth_serving serve` of a bundle, as a container would run it."""

    def __init__(self, bundle: Path, scratch: Path, **variables: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = scratch / f"server-{self.port}.log"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "platform"),
            "BENTOML_HOME": str(scratch / "bentoml"),
            "MODELBERTH_BUNDLE": str(bundle),
            "MODELBERTH_RELEASE": "abc123",
            **variables,
        }
        command = [sys.executable, "-m", "modelberth_serving", "serve", "--port", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=scratch)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/ping").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        self.process.kill()
        raise AssertionError(self.log.read_text())

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)


def in_progress(url: str, path: str) -> bool:
    """Whether a server that is one process is at work on a request of that path."""
    gauge = rf'request_in_progress{{[^}}]*endpoint="{path}"[^}}]*}} [1-9]'
    return re.search(gauge, httpx.get(f"{url}/metrics").text) is not None


def refused(url: str) -> bool:
    """Whether nobody listens there."""
    try:
        httpx.get(f"{url}/ping")
    except httpx.TransportError:
        return True
    return False


@contextmanager
def bentoml_serve(bento: str) -> Iterator[str]:
    """The URL of `bentoml serve`, with the Bento of that tag or folder."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["bentoml", "serve", bento, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def server(echo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    scratch = tmp_path_factory.mktemp("serving")
    bundle = scratch / "bundle"
    shutil.copytree(echo, bundle)
    server = Server(bundle, scratch, MODELBERTH_API="echo", MODELBERTH_MAX_BODY_MB="0.5")
    yield server
    server.stop()
