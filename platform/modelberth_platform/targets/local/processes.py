"""Finding and ending the processes that belong to an endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable

import psutil

from modelberth_platform.paths import write_atomically
from modelberth_platform.targets.local.folder import DIRECTORY_VARIABLE, Folder

GRACE_SECONDS = 5


def belonging_to(folder: Folder) -> list[psutil.Process]:
    """Every living process that was started for the endpoint, the children of its workers included."""
    return [process for process in psutil.process_iter() if _belongs(process, folder)]


def _belongs(process: psutil.Process, folder: Folder) -> bool:
    try:
        return (
            process.environ().get(DIRECTORY_VARIABLE) == str(folder.path)
            and process.status() != psutil.STATUS_ZOMBIE  # dead already; whoever started it has not asked yet
        )
    except (psutil.Error, OSError):
        return False


def end(processes: Iterable[psutil.Process], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask the processes to end, and make them after `grace_seconds`."""
    living = list(processes)
    for process in living:
        _quietly(process.terminate)
    _, stubborn = psutil.wait_procs(living, timeout=grace_seconds)
    for process in stubborn:
        _quietly(process.kill)
    psutil.wait_procs(stubborn, timeout=grace_seconds)


def begin_operation(folder: Folder) -> None:
    """Say that this process is changing the endpoint, after ending one that an interrupted command left behind.

    Pulumi's lock keeps two commands from changing a stack at once. But a command killed with SIGKILL leaves its
    provider process at work, and `pulumi cancel` takes the lock away.
    """
    end_stale_operation(folder)
    folder.create()
    me = psutil.Process()
    write_atomically(folder.operation, json.dumps({"pid": me.pid, "started": me.create_time()}))


def end_operation(folder: Folder) -> None:
    """The change is done."""
    folder.operation.unlink(missing_ok=True)


def end_stale_operation(folder: Folder) -> None:
    """End the process that an interrupted command left changing the endpoint, with its children."""
    try:
        noted = json.loads(folder.operation.read_text())
        process = psutil.Process(noted["pid"])
        if process.create_time() == noted["started"] and process.pid != psutil.Process().pid:
            end([process, *_without_hosts(process.children(recursive=True))], grace_seconds=1)
    except (OSError, ValueError, KeyError, psutil.Error):
        return


def _without_hosts(children: list[psutil.Process]) -> list[psutil.Process]:
    """Children that are not an endpoint's own: one provider process may just have started another endpoint's host."""
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
