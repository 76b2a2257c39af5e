"""Reads and follows the log of an endpoint of this machine, across the rotations of its file."""

from __future__ import annotations

import collections
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from modelberth_platform.errors import UserError
from modelberth_platform.targets.local.folder import Folder
from modelberth_platform.targets.local.record import EndpointRecord

POLL_SECONDS = 0.2


def log_lines(folder: Folder, record: EndpointRecord, *, last: int, follow: bool) -> Iterator[str]:
    """The last lines that the endpoint's workers printed; with `follow` also those to come, until it is destroyed.

    Raises:
        UserError: there is no log yet.
    """
    log = folder.endpoint_log
    if not log.is_file():
        raise UserError(f"{record.full_name} has no log yet ({log})")
    with log.open(errors="replace") as file:
        recent, position = collections.deque(file, maxlen=last), file.tell()
    yield from (line.removesuffix("\n") for line in recent)
    if follow:
        yield from (line.removesuffix("\n") for line in _new_lines(log, position))


def _new_lines(log: Path, position: int) -> Iterator[str]:
    """The lines that are written after a position of the file, across rotations, until the endpoint is destroyed."""
    file = log.open(errors="replace")
    file.seek(position)
    while True:
        if line := file.readline():
            yield line
            continue
        time.sleep(POLL_SECONDS)
        try:
            rotated = log.stat().st_ino != _inode(file)
        except FileNotFoundError:
            if not log.parent.is_dir():
                return
            continue
        if rotated:
            yield from file
            file.close()
            file = log.open(errors="replace")


def _inode(file: IO[str]) -> int:
    return os.fstat(file.fileno()).st_ino
