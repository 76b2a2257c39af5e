"""Manners for the process that Pulumi runs dynamic providers in (`python -m pulumi.dynamic`)."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from types import SimpleNamespace

from modelberth_platform.errors import UserError

POLL_SECONDS = 0.5

_prepared = threading.Event()


def prepare_provider_process() -> None:
    """Called where a provider is configured: in Pulumi's provider process, and there alone, it has an effect."""
    if _prepared.is_set() or getattr(sys.modules["__main__"], "DynamicResourceProviderServicer", None) is None:
        return
    _prepared.set()
    _print_user_errors_plainly()
    _end_with_the_command()


def _print_user_errors_plainly() -> None:
    """Keep tracebacks out of messages for users.

    The process answers every failure with `traceback.format_exc()`; its name `traceback` gets a `format_exc` that gives
    a UserError's own words.
    """

    def format_exc() -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, UserError) else traceback.format_exc()

    sys.modules["__main__"].traceback = SimpleNamespace(format_exc=format_exc)  # type: ignore[attr-defined]


def _end_with_the_command() -> None:
    """Leave when the `pulumi` command above is killed; nobody would ever tell this process to."""

    def watch() -> None:
        import psutil  # here: nobody waits for it

        command = next((process for process in psutil.Process().parents() if process.name() == "pulumi"), None)
        if command is None:
            return
        while command.is_running() and command.status() != psutil.STATUS_ZOMBIE:
            time.sleep(POLL_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="command-watch").start()
