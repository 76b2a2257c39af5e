"""`modelberth logs` prints what an endpoint's replicas have printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelberth_platform.cli.stack import Cwd, StackOption
from modelberth_platform.cli.stack import endpoint as stack_endpoint
from modelberth_platform.errors import UserError
from modelberth_platform.targets.local.logs import log_lines
from modelberth_platform.targets.local.record import all_records, find_record
from modelberth_platform.targets.registry import target_named


def logs(
    name: Annotated[
        str | None, typer.Argument(help="The endpoint's name; may be left out if there is only one.")
    ] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with the lines to come.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the last lines to print.")] = 100,
    stack: StackOption = None,
    cwd: Cwd = Path(),
) -> None:
    """Print the last lines of an endpoint's log."""
    if stack:
        endpoint = stack_endpoint(cwd, stack, name)
        printed = target_named(endpoint.target).log_lines(endpoint, lines, follow)
    else:
        folder, record = find_record(name or _only_one())
        printed = log_lines(folder, record, last=lines, follow=follow)
    for line in printed:
        print(line, flush=follow)


def _only_one() -> str:
    """The full name of the only endpoint of this machine."""
    names = [record.full_name for _, record in all_records()]
    if len(names) != 1:
        raise UserError(f"say which endpoint: {', '.join(names) or 'none runs'}")
    return names[0]
