"""Pulumi's provider process leaves with the command that it works for, however early that one is killed."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

WATCH = """
import time
from modelberth_platform.providers.process import _end_with_the_command
_end_with_the_command()
time.sleep(60)
"""
LEFT = 1


@pytest.fixture
def engine() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield listener


def _provider_process(engine: tuple[str, int]) -> subprocess.Popen[bytes]:
    """A process that watches the engine of that address."""
    host, port = engine
    return subprocess.Popen([sys.executable, "-c", WATCH, f"{host}:{port}"])


def test_a_command_killed_while_the_process_works(engine: socket.socket) -> None:
    process = _provider_process(engine.getsockname())
    connection, _ = engine.accept()
    engine.close()
    assert process.poll() is None
    connection.close()
    assert process.wait(30) == LEFT


def test_a_command_killed_before_the_process_looks_for_it(engine: socket.socket) -> None:
    address = engine.getsockname()
    engine.close()
    assert _provider_process(address).wait(30) == LEFT


def test_an_engine_that_closes_a_silent_connection_is_still_there(engine: socket.socket) -> None:
    process = _provider_process(engine.getsockname())
    for _ in range(3):
        connection, _ = engine.accept()
        connection.close()
    connection, _ = engine.accept()
    assert process.poll() is None
    process.kill()
    process.wait()
    connection.close()
