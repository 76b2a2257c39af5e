"""Measures servers: requests per second, latency, and the time from start to ready."""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.machine import ROOT
from modelberth_platform.bundle import Api, Bundle
from modelberth_platform.bundle.example import example_request
from modelberth_platform.bundle.layout import model_folder, model_tags, read_yaml
from modelberth_platform.runtime import runtime_folder

CONNECTIONS = (1, 32)


@dataclass
class Peer:
    """One server under test.

    Attributes:
        name: in the table.
        command: that starts it; `$PORT` is in its environment.
        ready: path that answers 200 once the model is loaded.
        variables: more of its environment.
    """

    name: str
    command: list[str]
    ready: str
    variables: dict[str, str] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    rates: dict[int, list[float]] = field(default_factory=dict)
    p50: dict[int, list[float]] = field(default_factory=dict)
    p99: dict[int, list[float]] = field(default_factory=dict)


def peers(bundle: Bundle, api: Api, scratch: Path) -> list[Peer]:
    """The four servers, each with one worker and without an access log."""
    models = [
        model_folder(bundle.folder, bundle.home, tag) / "model.joblib"
        for tag in model_tags(read_yaml(bundle.folder / "bento.yaml"))
    ]
    quiet = scratch / "bentoml.yaml"
    quiet.write_text("services: {logging: {access: {enabled: false}}}\n")
    runtime = {"PYTHONPATH": str(runtime_folder().parent), "MODELBERTH_API": api.name}
    served = {"BENTOML_CONFIG": str(quiet)}
    by_hand = {"SERVICE": bundle.facts.name, "MODEL": str(models[0]) if models else ""}
    program = [sys.executable, str(ROOT / "benchmarks" / "peers.py")]
    return [
        Peer(
            "modelberth_serving",
            [sys.executable, "-m", "modelberth_serving", "serve"],
            "/ping",
            runtime | _whole(bundle, scratch),
        ),
        Peer("bentoml serve", ["bentoml", "serve", str(bundle.folder)], "/readyz", served),
        Peer("bare Starlette", program, "/ready", by_hand),
        Peer("FastAPI", program, "/ready", by_hand | {"FRAMEWORK": "fastapi"}),
    ]


def _whole(bundle: Bundle, scratch: Path) -> dict[str, str]:
    """The bundle with its models inside, as the runtime gets it."""
    from modelberth_platform.bundle.layout import copy_bundle

    target = scratch / f"bundle-{bundle.facts.name}"
    copy_bundle(bundle.folder, bundle.home, target)
    return {"MODELBERTH_BUNDLE": str(target)}


def measure(bundle: Bundle, api: Api, scratch: Path, rounds: int, seconds: int) -> list[Peer]:
    """Measure all peers in turn, `rounds` times."""
    script = scratch / "request.lua"
    body = json.dumps(example_request(api))
    script.write_text(f"wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\nwrk.body = '{body}'\n")
    contenders = peers(bundle, api, scratch)
    for _ in range(rounds):
        for peer in contenders:
            with running(peer, scratch) as url:
                for connections in CONNECTIONS:
                    _load(peer, f"{url}{api.route}", connections, seconds, script)
    return contenders


@contextmanager
def running(peer: Peer, scratch: Path) -> Iterator[str]:
    """Run the peer and give its URL; note how long it took to be ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Threads of NumPy for each of a server's would fight for two cores; every peer is better off without them.
    environment = {**os.environ, **peer.variables, "PORT": str(port), "OPENBLAS_NUM_THREADS": "1"}
    started = time.monotonic()
    with (scratch / "server.log").open("w") as log:
        command = [*peer.command, *(["--port", str(port)] if peer.ready != "/ready" else [])]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=scratch)
    url = f"http://127.0.0.1:{port}"
    try:
        _until_ready(f"{url}{peer.ready}", process, scratch)
        peer.starts.append(time.monotonic() - started)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def _until_ready(url: str, process: subprocess.Popen[bytes], scratch: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"{url} never became ready:\n{(scratch / 'server.log').read_text()[-2000:]}")


def _load(peer: Peer, url: str, connections: int, seconds: int, script: Path) -> None:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", "-s", str(script), url]
    subprocess.run([*command[:3], "-d1", *command[4:]], check=True, capture_output=True)  # warm up
    report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        raise RuntimeError(f"{peer.name} answered with errors:\n{report}")
    peer.rates.setdefault(connections, []).append(float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1]))  # type: ignore[index]
    for share, kept in (("50", peer.p50), ("99", peer.p99)):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", report).groups()  # type: ignore[union-attr]
        kept.setdefault(connections, []).append(float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit])


def memory(console: Console, bundle: Bundle, api: Api, scratch: Path) -> None:
    """Print the resident memory of our worker after 10,000 requests and after 100,000 more."""
    script = scratch / "request.lua"
    ours = peers(bundle, api, scratch)[0]
    sizes = []
    with running(ours, scratch) as url:
        (worker,) = psutil.Process().children()
        done = 0
        for total in (10_000, 110_000):
            while done < total:
                command = ["wrk", "-t1", "-c8", "-d2", "-s", str(script), f"{url}{api.route}"]
                report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                done += int(re.search(r"(\d+) requests in", report)[1])  # type: ignore[index]
            sizes.append((done, worker.memory_info().rss / 1e6))
    line = ", ".join(f"{rss:.1f} MB after {done:,} requests" for done, rss in sizes)
    console.print(f"memory of the worker: {line}")


def report(console: Console, contenders: list[Peer]) -> None:
    """Print the medians, and ours against each peer."""
    table = Table(
        "", *(peer.name for peer in contenders), *(f"ours / {peer.name}" for peer in contenders[1:]), box=None
    )
    for connections in CONNECTIONS:
        rows = (("requests/s", "rates", "{:.0f}"), ("p50 ms", "p50", "{:.2f}"), ("p99 ms", "p99", "{:.2f}"))
        for title, kept, form in rows:
            values = [statistics.median(getattr(peer, kept)[connections]) for peer in contenders]
            _row(table, f"{title}, {connections} connection{'s' * (connections > 1)}", values, form)
    _row(table, "start to ready s", [statistics.median(peer.starts) for peer in contenders], "{:.2f}")
    console.print(table)


def _row(table: Table, title: str, values: list[float], form: str) -> None:
    ratios = [f"{values[0] / other:.2f}" for other in values[1:]]
    table.add_row(title, *(form.format(value) for value in values), *ratios)
