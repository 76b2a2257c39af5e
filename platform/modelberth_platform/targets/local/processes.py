"""Finds and ends the processes that belong to an endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable

import psutil

from modelberth_platform.paths import write_atomically
from modelberth_platform.targets.local.folder import DIRECTORY_VARIABLE, Folder

GRACE_SECONDS = 5
"""How long a process has to end by itself before it is killed."""


def belonging_to(folder: Folder) -> list[psutil.Process]:
    """Every living process that was started for the endpoint, the children of its workers included."""
    return [process for process in psutil.process_iter() if _belongs(process, folder)]


def _belongs(process: psutil.Process, folder: Folder) -> bool:
    try:
        return (
            process.environ().get(DIRECTORY_VARIABLE) == str(folder.path)
            and process.status() != psutil.STATUS_ZOMBIE  # it has ended; its parent has not asked for its status yet
        )
    except (psutil.Error, OSError):
        return False


def end(processes: Iterable[psutil.Process], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask the processes to end, and kill those that have not ended after `grace_seconds`."""
    living = list(processes)
    for process in living:
        _quietly(process.terminate)
    _, stubborn = psutil.wait_procs(living, timeout=grace_seconds)
    for process in stubborn:
        _quietly(process.kill)
    psutil.wait_procs(stubborn, timeout=grace_seconds)


def begin_operation(folder: Folder) -> None:
    """Note that this process is changing the endpoint, after ending one that an interrupted command left behind.

    Pulumi's lock keeps two commands from changing a stack at once. But a command that is killed with SIGKILL leaves its
    provider process at work, and `pulumi cancel` then takes the lock away.
    """
    end_stale_operation(folder)
    folder.create()
    this_process = psutil.Process()
    write_atomically(folder.operation, json.dumps({"pid": this_process.pid, "started": this_process.create_time()}))


def end_operation(folder: Folder) -> None:
    """Note that this process has done with its change."""
    folder.operation.unlink(missing_ok=True)


def end_stale_operation(folder: Folder) -> None:
    """End the process that an interrupted command left changing the endpoint, and its children."""
    try:
        operation = json.loads(folder.operation.read_text())
        process = psutil.Process(operation["pid"])
        if process.create_time() == operation["started"] and process.pid != psutil.Process().pid:
            end([process, *_without_hosts(process.children(recursive=True))], grace_seconds=1)
    except (OSError, ValueError, KeyError, psutil.Error):
        return


def _without_hosts(children: list[psutil.Process]) -> list[psutil.Process]:
    """The children that belong to no endpoint: the provider process may just have started another endpoint's host."""
    return [child for child in children if not _has_folder(child)]


def _has_folder(process: psutil.Process) -> bool:
    try:
        return DIRECTORY_VARIABLE in process.environ()
    except psutil.Error:
        return False


def _quietly(action: object) -> None:
    try:
        action()  # type: ignore[operator]
    except psutil.Error:
        return
