"""Loading the provider packages in time that a program would spend waiting for AWS's plugin to start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pulumi_aws as aws

SENT_SECONDS = 0.01
"""Until a question to the engine is on its way."""


def load_while_waiting(own: Callable[[], object]) -> None:
    """Load what every endpoint needs, and what takes longest, once the program waits for an answer of the engine.

    Args:
        own: loads what the target needs beside that.

    It happens in the program's own event loop, which runs while an invoke is waited for: no thread sees a module half
    loaded. Where there is no loop, as in tests on mocks, everything is loaded where it is used.
    """
    with suppress(RuntimeError):
        asyncio.get_running_loop().call_later(SENT_SECONDS, _load, own)


def _load(own: Callable[[], object]) -> None:
    """Asking for a class loads its module; pulumi-aws loads none before."""
    _ = (aws.cloudwatch.LogGroup, aws.ecr.Repository, aws.iam.Role, own())
    with suppress(ImportError):  # where an image is given, none is built
        import pulumi_docker  # noqa: F401
