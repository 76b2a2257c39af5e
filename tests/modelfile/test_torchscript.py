"""TorchScript, with Debian's own torch for CPUs; PyPI's is half a gigabyte of CUDA."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from conftest import ROOT
from parallel import free_port

from modelberth_platform.modelfile import bento_of
from modelberth_platform.modelfile.errors import ModelFileError

SYSTEM_PYTHON = "/usr/bin/python3"

SAVE = """
import sys, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)
        torch.nn.init.constant_(self.layer.weight, 0.5)
        torch.nn.init.constant_(self.layer.bias, 1.0)
    def forward(self, x):
        return self.layer(x)
class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Net()
    def forward(self, x: torch.Tensor, y: torch.Tensor):
        return self.inner(x), y * 2
class Odd(torch.nn.Module):
    def forward(self, x: torch.Tensor, times: int):
        return x * times
torch.jit.script(Net()).save("scripted.pt")
torch.jit.trace(Net(), torch.zeros(1, 4)).save("traced.pt")
torch.jit.script(Two()).save("two.pt")
torch.jit.script(Odd()).save("odd.pt")
torch.save(Net().state_dict(), "weights.pt")
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models that torch saved."""
    result = subprocess.run([SYSTEM_PYTHON, "-c", "import torch"], capture_output=True, check=False)
    if result.returncode:
        missing = "needs torch for the system's Python; on Debian: apt-get install python3-torch"
        if os.environ.get("CI"):
            pytest.fail(f"CI {missing}")
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("torch")
    (folder / "save.py").write_text(SAVE)  # TorchScript reads the source
    subprocess.run([SYSTEM_PYTHON, "save.py"], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def python(saved: Path) -> str:
    """An interpreter with BentoML and Debian's torch, as a bundle's environment has its own packages."""
    environment = saved / "environment"
    subprocess.run(
        ["uv", "venv", "-q", "--python", SYSTEM_PYTHON, "--system-site-packages", str(environment)], check=True
    )
    install = ["uv", "pip", "install", "-q", "--python", str(environment), "bentoml>=1.4.35", "numpy<2"]
    subprocess.run(install, check=True)
    return str(environment / "bin" / "python")


def schema(python: str, folder: Path) -> Any:
    """What BentoML reads from the generated source."""
    script = f"import bentoml, json; print(json.dumps(bentoml.load({str(folder)!r}).schema()['routes']))"
    result = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("name", "request_body", "expected"),
    [
        ("scripted", {"x": [[1, 2, 3, 4], [0, 0, 0, 0]]}, [[6.0, 6.0, 6.0], [1.0, 1.0, 1.0]]),
        ("traced", {"x": [[0, 0, 0, 1]]}, [[1.5, 1.5, 1.5]]),
        ("two", {"x": [[0, 0, 0, 0]], "y": [1.5]}, [[[1.0, 1.0, 1.0]], [3.0]]),
    ],
)
def test_described_and_served(
    name: str, request_body: Any, expected: Any, machine: Path, saved: Path, python: str, tmp_path: Path
) -> None:
    folder = bento_of(saved / f"{name}.pt")
    declared = yaml.safe_load((folder / "bento.yaml").read_text())["schema"]["routes"]
    assert list(declared[0]["input"]["properties"]) == list(request_body)
    assert declared == schema(python, folder)
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "platform"),
        "MODELBERTH_BUNDLE": str(folder),
        "PORT": str(port),
    }
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([python, "-m", "modelberth_serving"], env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/ping").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        answer = httpx.post(f"http://127.0.0.1:{port}/invocations", json=request_body)
        assert answer.status_code == 200, answer.text + (tmp_path / "log").read_text()
        assert answer.json() == expected
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_what_a_request_cannot_carry(machine: Path, saved: Path) -> None:
    with pytest.raises(
        ModelFileError, match="the argument 'times' of its forward is a int; a Tensor is what a request"
    ):
        bento_of(saved / "odd.pt")


def test_weights_alone_are_no_model(machine: Path, saved: Path) -> None:
    with pytest.raises(ModelFileError, match=r"is no TorchScript but saved by torch.save; write one with torch.jit"):
        bento_of(saved / "weights.pt")


def test_a_damaged_archive(machine: Path, saved: Path, tmp_path: Path) -> None:
    whole = (saved / "scripted.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match="is no TorchScript archive"):
        bento_of(tmp_path / "cut.pt")
