"""Manners for the process that Pulumi runs dynamic providers in (`python -m pulumi.dynamic`)."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from types import SimpleNamespace

from modelberth_platform.errors import UserError

RECONNECT_SECONDS = 0.2

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
    """Leave when the `pulumi` command is killed; nobody would ever tell this process to.

    The command gives the address its engine listens on as the first argument. A connection to it ends with the command,
    and also when the engine closes one that stays silent: so the next one tells.
    """
    if len(sys.argv) > 1 and ":" in sys.argv[1]:
        host, _, port = sys.argv[1].rpartition(":")
        threading.Thread(target=_leave_after, args=(host, int(port)), daemon=True, name="command-watch").start()


def _leave_after(host: str, port: int) -> None:
    while True:
        try:
            connection = socket.create_connection((host, port))
        except OSError:
            os._exit(1)
        with connection, suppress(OSError):
            while connection.recv(4096):
                pass
        time.sleep(RECONNECT_SECONDS)
