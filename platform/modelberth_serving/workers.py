"""Runs several worker processes behind one listening socket, for a container of several CPUs.

On the local target the host process does this; in a container its first process does.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import typing as t
from collections import deque
from pathlib import Path

from modelberth_serving.errors import ServingError

_DEATHS = 3
_WITHIN_SECONDS = 60
"""If more workers than `_DEATHS` die within that time, it is no accident: the container ends, which its orchestrator
sees."""


def wanted_workers(bundle: Path, environ: t.Mapping[str, str] = os.environ) -> int:
    """The number of workers: `MODELBERTH_WORKERS`, else the `workers` of the Bento's service, else one.

    Raises:
        ServingError: what is set is no number above 0.
    """
    setting: t.Any = environ.get("MODELBERTH_WORKERS") or _of_service(bundle) or 1
    if setting == "cpu_count":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        count = int(setting)
    except (TypeError, ValueError):
        count = 0
    if count < 1:
        raise ServingError(f"the number of workers is {setting!r}; it must be 1 or more, or cpu_count")
    return count


def _of_service(bundle: Path) -> t.Any:
    import yaml

    try:
        info = yaml.safe_load((bundle / "bento.yaml").read_text())
    except (OSError, yaml.YAMLError):
        return None  # the worker tells what is wrong with the bundle
    services = {service.get("name"): service for service in info.get("services") or []}
    return (services.get(info.get("entry_service"), {}).get("config") or {}).get("workers")


def serve_with_workers(listener: socket.socket, count: int) -> int:
    """Keep `count` workers on the socket until SIGTERM, then let them drain; returns the exit code."""
    return _Workers(listener, count).run()


class _Workers:
    def __init__(self, listener: socket.socket, count: int) -> None:
        self._listener = listener
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._deaths: deque[float] = deque()
        self._leaving = False

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._leave())
        self._processes = [self._started() for _ in range(self._count)]
        while not self._leaving:
            time.sleep(0.1)
            if not self._replaced_the_dead():
                self._leave()
                self._wait()
                return 1
        self._wait()
        return 0

    def _started(self) -> subprocess.Popen[bytes]:
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "modelberth_serving", "serve", "--listen-fd", str(descriptor)]
        return subprocess.Popen(command, pass_fds=[descriptor])

    def _replaced_the_dead(self) -> bool:
        """Start another worker for each that died; False where too many did."""
        for place, process in enumerate(self._processes):
            if process.poll() is None or self._leaving:
                continue
            now = time.monotonic()
            self._deaths.append(now)
            while self._deaths[0] < now - _WITHIN_SECONDS:
                self._deaths.popleft()
            if len(self._deaths) > _DEATHS:
                return False
            print(f"modelberth_serving: a worker ended with {process.returncode}; another one starts", flush=True)
            self._processes[place] = self._started()
        return True

    def _leave(self) -> None:
        self._leaving = True
        for process in self._processes:
            if process.poll() is None:
                process.terminate()

    def _wait(self) -> None:
        for process in self._processes:
            process.wait()
