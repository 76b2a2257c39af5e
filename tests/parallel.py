"""What lets the tests run in several processes: what stays together, what goes first, ports that no other test has."""

from __future__ import annotations

import secrets
import socket

import pytest
from xdist.scheduler import LoadScopeScheduling

LONG = ("container_engine", "cloud", "function", "stack")
"""The fixtures of the tests that take longest, the longest first."""

ALONE = frozenset(
    f"tests/engine/test_{name}.py"
    for name in (
        *(
            "cloud_commands",
            "faults",
            "lambda",
            "lambda_bundles",
            "lambda_commands",
            "lambda_examples",
            "lambda_fronts",
            "lambda_killed",
        ),
        *("lifecycle", "sagemaker", "sagemaker_bundles", "upgrade"),
    )
)
"""Files whose tests take long and share nothing: each goes to the process that has nothing to do."""

TOGETHER = {
    "tests/components/test_components.py": "services",
    "tests/engine/test_programs.py": "services",
    "tests/image/test_recipe.py": "services",
    "tests/test_make.py": "services",
    "tests/components/test_provider_types.py": "mypy",
    "tests/components/test_typing.py": "mypy",
}
"""Files that use the same folder of the checkout, by what it is: one process runs them all."""

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


class Scheduler(LoadScopeScheduling):
    """Keeps the tests of a file in one process, since they share what its fixtures make."""

    def _split_scope(self, nodeid: str) -> str:
        """Tests of the same scope run in one process, one after the other."""
        file = nodeid.partition("::")[0]
        return nodeid if file in ALONE else TOGETHER.get(file, file)


def arrange(items: list[pytest.Item]) -> None:
    """Long tests first: short ones at the end leave no process idle while another one is busy."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    fixtures = getattr(item, "fixturenames", [])
    return next((place for place, name in enumerate(LONG) if name in fixtures), len(LONG))
