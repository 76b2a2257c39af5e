"""`modelberth doctor` tells what this machine has and lacks, and how to get what it lacks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from packaging.version import Version
from rich.table import Table

from modelberth_platform.checks import Finding
from modelberth_platform.cli.console import output, print_json
from modelberth_platform.targets.registry import TARGETS

OLDEST_PULUMI = Version("3.250.0")


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False) -> None:
    """Print what this machine has and lacks for modelberth, and how to get what it lacks."""
    target_checks = dict.fromkeys(target.machine_checks for target in TARGETS)  # targets of one cloud share theirs
    findings = [*(check() for check in CHECKS), *(finding for checks in target_checks for finding in checks())]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        mark = "[green]ok[/]" if finding.ok else "[red]missing[/]" if finding.needed else "[yellow]absent[/]"
        table.add_row(mark, finding.name, finding.found)
        if finding.remedy:
            table.add_row("", "", f"[dim]{finding.remedy}[/]")
    output.print(table)


def _python() -> Finding:
    version = f"{sys.version.split()[0]} ({sys.executable})"
    return Finding("Python", sys.version_info >= (3, 11), True, version)


def _uv() -> Finding:
    version = _first_line(["uv", "--version"])
    remedy = "" if version else "builds the environments of bundles; install it: pip install uv"
    return Finding("uv", version is not None, True, version or "not on PATH", remedy)


def _pulumi() -> Finding:
    version = _first_line(["pulumi", "version"])
    remedy = 'in a checkout of modelberth: eval "$(make -s env)"; elsewhere: https://www.pulumi.com/docs/install'
    if version is None:
        return Finding("Pulumi", False, True, "not on PATH", remedy)
    number = re.search(r"\d+\.\d+\.\d+", version)
    if number is None or Version(number[0]) < OLDEST_PULUMI:
        return Finding("Pulumi", False, True, f"{version}, older than {OLDEST_PULUMI}", remedy)
    if shutil.which("pulumi-language-python") is None:
        return Finding("Pulumi", False, True, f"{version}, but pulumi-language-python is not on PATH", remedy)
    return Finding("Pulumi", True, True, version)


def _docker() -> Finding:
    version = _first_line(["docker", "info", "--format", "{{.ServerVersion}}"])
    if version:
        return Finding("Docker", True, False, f"engine {version}")
    problem = "client only, no engine answers" if shutil.which("docker") else "not on PATH"
    remedy = "builds images for the clouds, not needed on local; start one: systemctl start docker, or Docker Desktop"
    return Finding("Docker", False, False, problem, remedy)


CHECKS: tuple[Callable[[], Finding], ...] = (_python, _uv, _pulumi, _docker)


def _first_line(command: list[str]) -> str | None:
    """The first line that the command prints, or None where it is missing or fails."""
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(finished.stdout.strip().splitlines()), "")
