"""Times `pulumi preview` of an endpoint on a cloud against a program with the same resources written by hand.

Both run on the real engine with the tests' plugins, moto behind them; one process of moto serves both.
"""

from __future__ import annotations

import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import ROOT
from benchmarks.providers import install_plugin, packages
from modelberth_platform.bundle import Bundle
from modelberth_platform.image import recipe_of
from modelberth_platform.image.context import write_context

PROGRAMS = {"by hand": "by_hand.py", "modelberth": "with_modelberth.py"}
TARGETS = {"sagemaker": "SageMaker", "aws_lambda": "Lambda"}
"""The folders with the programs, each by the name of a target, and how people call it."""


def measure_and_report(console: Console, bundle: Bundle, scratch: Path, rounds: int) -> None:
    """Preview both programs in turn, three times `rounds`, since a round is short, and print the medians."""
    table = Table("", "by hand s", "modelberth s", "modelberth / by hand", box=None)
    with _aws(scratch):
        for target, title in TARGETS.items():
            medians = _measured(scratch, target, bundle, rounds)
            ratio = medians["modelberth"] / medians["by hand"]
            seconds = (f"{medians[name]:.2f}" for name in PROGRAMS)
            table.add_row(f"preview, {title}", *seconds, f"{ratio:.2f}")
    console.print(table)


def _measured(scratch: Path, target: str, bundle: Bundle, rounds: int) -> dict[str, float]:
    """The median of each program's previews, in seconds."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    folders = {name: _program(scratch, target, name, bundle) for name in PROGRAMS}
    for folder in folders.values():
        _pulumi(folder, "preview")  # fills the caches
    for _ in range(3 * rounds):
        for name, folder in folders.items():
            started = time.monotonic()
            _pulumi(folder, "preview")
            times[name].append(time.monotonic() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def _program(scratch: Path, target: str, name: str, bundle: Bundle) -> Path:
    folder = scratch / f"{target}-{name}".replace(" ", "-").replace("_", "-")
    folder.mkdir()
    (folder / "__main__.py").write_text((ROOT / "benchmarks" / target / PROGRAMS[name]).read_text())
    virtualenv = f"  options: {{toolchain: uv, virtualenv: {sys.prefix}}}\n"
    (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime:\n  name: python\n{virtualenv}")
    write_context(recipe_of(bundle), folder / "context")
    configured = {
        "modelberth:cloud": "aws",
        "aws:region": "eu-central-1",
        "bundle": str(bundle.folder),
        "context": "context",
    }
    _pulumi(folder, "stack", "init", "prod")
    for key, value in configured.items():
        _pulumi(folder, "config", "set", key, value)
    return folder


@contextmanager
def _aws(scratch: Path) -> Iterator[None]:
    """The provider packages and plugins, and moto; the environment points at them."""
    for name in ("aws", "docker"):
        install_plugin(name, scratch)
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it logs a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    credentials = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    os.environ |= {
        **credentials,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "PYTHONPATH": str(packages()),
    }
    try:
        yield
    finally:
        server.stop()
        for name in (*credentials, "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "PYTHONPATH"):
            del os.environ[name]


def _pulumi(folder: Path, *arguments: str) -> None:
    command = ["pulumi", "--cwd", str(folder), "--non-interactive", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{command} failed:\n{result.stdout}\n{result.stderr}")
