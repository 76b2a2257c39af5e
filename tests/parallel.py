"""What lets the tests run in several processes: things made once for all of them, ports of one's own, a good order."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

RUN_FOLDER = "MODELBERTH_TEST_RUN"
"""The variable with the folder that all processes of one run share."""

LONG = ("container_engine", "cloud", "stack")
"""The fixtures of the tests that take longest, the longest first."""

FIRST_PORT, PORTS = 10000, 10000
"""Below the ports that the local target gives out, and below those that the kernel gives to connections."""


def begin(config: pytest.Config) -> None:
    """Make the folder of the run; the workers find it in their environment."""
    if not _is_worker(config):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="mb-run-")


def end(config: pytest.Config) -> None:
    """Remove the folder of the run; the workers have ended."""
    if not _is_worker(config):
        shutil.rmtree(os.environ.pop(RUN_FOLDER), ignore_errors=True)


def once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process to ask for it fills, and the others find."""
    folder = Path(os.environ[RUN_FOLDER]) / name
    complete = folder.with_suffix(".complete")
    with FileLock(folder.with_suffix(".lock")):
        if not complete.exists():
            make(folder)
            complete.touch()
    return folder


def free_port() -> int:
    """A port on loopback for a server that is started with it.

    The kernel would name one of those that it gives to connections: with others at work, it may be taken by then.
    """
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def arrange(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For workers, long tests first: short ones at the end leave no worker idle while another one is busy."""
    if _is_worker(config):
        items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    if item.get_closest_marker("xdist_group"):
        return 0
    fixtures = getattr(item, "fixturenames", [])
    return 1 + next((place for place, name in enumerate(LONG) if name in fixtures), len(LONG))


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
