"""What lets the tests run in several processes: ports that no other test has, and long tests first."""

from __future__ import annotations

import secrets
import socket

import pytest

LONG = ("container_engine", "cloud", "stack")
"""The fixtures of the tests that take longest, the longest first."""

FIRST_PORT, PORTS = 10000, 10000
"""Below the ports that the local target gives out, and below those that the kernel gives to connections."""


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
