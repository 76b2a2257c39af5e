"""Starts the host process of an endpoint and waits for it."""

from __future__ import annotations

import subprocess
import sys
import time

from modelberth_platform.targets.local import control
from modelberth_platform.targets.local.environment import inherited_variables
from modelberth_platform.targets.local.errors import LocalError
from modelberth_platform.targets.local.folder import DIRECTORY_VARIABLE, Folder
from modelberth_platform.targets.local.processes import belonging_to, end

HOST_START_SECONDS = 20


def start_host(folder: Folder) -> subprocess.Popen[bytes] | None:
    """Start the endpoint's host and return its process, or None where one runs already; `await_host` waits for it."""
    try:
        control.status(folder)
        return None
    except control.HostGone:
        end(belonging_to(folder))  # the workers of a host that was killed may still be ending
    with folder.host_log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "modelberth_platform.targets.local.host", str(folder.path)],
            env={**inherited_variables(), DIRECTORY_VARIABLE: str(folder.path)},
            cwd=folder.path,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def await_host(folder: Folder, host: subprocess.Popen[bytes] | None) -> None:
    """Wait until the host takes orders.

    Raises:
        LocalError: the host does not start.
    """
    deadline = time.monotonic() + HOST_START_SECONDS
    while time.monotonic() < deadline and (host is None or host.poll() is None):
        try:
            control.status(folder)
            return
        except control.HostGone:
            time.sleep(0.02)
    raise LocalError(f"the host process did not start:\n{folder.host_log.read_text()[-2000:]}")
