"""`modelberth logs`: what an endpoint's workers print."""

from __future__ import annotations

import collections
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

import typer

from modelberth_platform.cli.stack import Cwd, StackOption
from modelberth_platform.cli.stack import endpoint as stack_endpoint
from modelberth_platform.errors import UserError
from modelberth_platform.local.record import all_records, find_record


def logs(
    name: Annotated[str | None, typer.Argument(help="Of the endpoint; may be left out where there is one.")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what comes.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the last lines.")] = 100,
    stack: StackOption = None,
    cwd: Cwd = Path(),
) -> None:
    """Print the last lines of an endpoint's log."""
    found = stack_endpoint(cwd, stack, name) if stack else None
    if found is not None and found.cloud == "aws":
        from modelberth_platform.sagemaker.observe import log_lines

        for line in log_lines(found.endpoint_name, found.region, last=lines, follow=follow, config=found.aws):
            print(line, flush=follow)
        return
    log = _log(found.full_name if found else name)
    with log.open(errors="replace") as file:
        for line in collections.deque(file, maxlen=lines):
            print(line, end="")
        if follow:
            for line in _coming(log, file.tell()):
                print(line, end="", flush=True)


def _log(name: str | None) -> Path:
    records = all_records()
    folder, record = records[0] if name is None and len(records) == 1 else find_record(_required(name))
    if not folder.endpoint_log.is_file():
        raise UserError(f"{record.full_name} has no log yet ({folder.endpoint_log})")
    return folder.endpoint_log


def _required(name: str | None) -> str:
    if name is None:
        listed = ", ".join(record.full_name for _, record in all_records()) or "none runs"
        raise UserError(f"say which endpoint: {listed}")
    return name


def _coming(log: Path, position: int) -> Iterator[str]:
    """New lines, across rotations, until the endpoint is destroyed."""
    file = log.open(errors="replace")
    file.seek(position)
    while True:
        if line := file.readline():
            yield line
            continue
        time.sleep(0.2)
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
