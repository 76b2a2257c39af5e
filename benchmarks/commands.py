"""Times `pulumi preview` and `pulumi up` of a service against an empty program."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.machine import ROOT
from modelberth_platform.bundle import Bundle
from modelberth_platform.bundle.example import example_request


def measure_and_report(console: Console, bundle: Bundle, scratch: Path, rounds: int, start_to_ready: float) -> None:
    """Time both programs in turn, `rounds` times, and print the medians."""
    empty, service = _empty(scratch), ROOT / "services" / "digits"
    body = example_request(bundle.facts.api("classify"))
    configuration = (service / "Pulumi.dev.yaml").read_text()
    for folder in (empty, service):
        _pulumi(folder, "stack", "init", "dev")
    times: dict[str, list[float]] = {}
    try:
        for _ in range(rounds):
            _time(times, "preview, empty", lambda: _pulumi(empty, "preview"))
            _time(times, "preview, service", lambda: _pulumi(service, "preview"))
            _time(times, "up from nothing, empty", lambda: _pulumi(empty, "up", "--yes", "--skip-preview"))
            _time(times, "up from nothing to first prediction, service", lambda: _up_and_predict(service, body))
            _time(times, "up without a change, empty", lambda: _pulumi(empty, "up", "--yes", "--skip-preview"))
            _time(times, "up without a change, service", lambda: _pulumi(service, "up", "--yes", "--skip-preview"))
            for folder in (empty, service):
                _pulumi(folder, "destroy", "--yes", "--skip-preview")
    finally:
        for folder in (empty, service):
            _pulumi(folder, "destroy", "--yes", "--skip-preview")
        (service / "Pulumi.dev.yaml").write_text(configuration)
    _print(console, {name: statistics.median(values) for name, values in times.items()}, start_to_ready)


def _print(console: Console, medians: dict[str, float], start_to_ready: float) -> None:
    table = Table("", "empty program s", "service s", "service / empty", box=None)
    for name in ("preview", "up without a change"):
        empty, ours = medians[f"{name}, empty"], medians[f"{name}, service"]
        table.add_row(name, f"{empty:.2f}", f"{ours:.2f}", f"{ours / empty:.2f}")
    console.print(table)
    floor = medians["up from nothing, empty"] + start_to_ready
    ours = medians["up from nothing to first prediction, service"]
    console.print(
        f"up from nothing to the first prediction: {ours:.2f} s; empty up {medians['up from nothing, empty']:.2f} s "
        f"+ start to ready {start_to_ready:.2f} s = {floor:.2f} s; ratio {ours / floor:.2f}"
    )


def _empty(scratch: Path) -> Path:
    folder = scratch / "empty"
    folder.mkdir()
    (folder / "__main__.py").write_text("")
    virtualenv = f"  options: {{toolchain: uv, virtualenv: {sys.prefix}}}\n"
    (folder / "Pulumi.yaml").write_text(f"name: empty\nruntime:\n  name: python\n{virtualenv}")
    return folder


def _time(times: dict[str, list[float]], name: str, action: Callable[[], object]) -> None:
    started = time.monotonic()
    action()
    times.setdefault(name, []).append(time.monotonic() - started)


def _up_and_predict(service: Path, body: object) -> None:
    output = _pulumi(service, "up", "--yes", "--skip-preview")
    (url,) = re.findall(r'(http://\S+/invocations)"', output)
    httpx.post(url, json=body).raise_for_status()


def _pulumi(folder: Path, *arguments: str) -> str:
    command = ["pulumi", "--cwd", str(folder), "--non-interactive", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
