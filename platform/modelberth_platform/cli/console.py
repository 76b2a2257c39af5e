"""Prints for the command: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelberth_platform.checks import Check

_WIDE = 200
"""The width in columns where no window sets it, so that a digest in a pipe or a log file is not cut in two."""

output = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
errors = Console(highlight=False, stderr=True, width=None if sys.stderr.isatty() else _WIDE)


def print_json(value: Any) -> None:
    """Print a value for machines: as one JSON document, without any styling."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_facts(facts: dict[str, Any]) -> None:
    """Print facts as two columns, by name."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name, value if isinstance(value, Table) else str(value))
    output.print(table)


def print_checks(checks: Sequence[Check], target: str) -> None:
    """Print what was checked, what was found, and what the target wants."""
    table = Table("CHECK", "RESULT", "FOUND", f"{target.upper()} WANTS", box=None, pad_edge=False)
    for check in checks:
        outcome = f"[{_COLOURS[check.outcome]}]{check.outcome}[/]"
        table.add_row(check.name, outcome, escape(check.found), escape(check.rule))
    output.print(table)


_COLOURS = {"ok": "green", "refused": "red", "warning": "yellow", "left out": "dim"}


def size(number: float) -> str:
    """A number of bytes as people read it: `1.2 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024 or unit == "GiB":
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    raise AssertionError


def duration(seconds: float) -> str:
    """A number of seconds as people read it: `850 ms`, `12 s`, `3 min`, `2 h`, `5 d`."""
    for limit, unit, divisor in ((1, "ms", 0.001), (120, "s", 1), (7200, "min", 60), (172800, "h", 3600)):
        if seconds < limit:
            value = seconds / divisor
            return f"{value:.1f} {unit}" if unit == "ms" and value < 10 else f"{value:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def ago(moment: float) -> str:
    """How long ago a Unix time was, as people read it: `3 min ago`."""
    return f"{duration(max(1, time.time() - moment))} ago"
