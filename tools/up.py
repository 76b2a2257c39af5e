"""Runs the steps of `make up` and `make down` for one service, and tells how long each of them took.

python tools/up.py services/digits
python tools/up.py services/digits --down
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path

STACK = "dev"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", type=Path)
    parser.add_argument("--down", action="store_true")
    options = parser.parse_args()
    if not (options.service / "Pulumi.yaml").is_file():
        print(f"{options.service} holds no Pulumi.yaml: it is no service's folder", file=sys.stderr)
        return 2
    steps = _down(options.service) if options.down else _up(options.service)
    started = time.monotonic()
    for command in steps:
        if failed := _run(command):
            return failed
    print(f"\n{'down' if options.down else 'up'} in {time.monotonic() - started:.1f} s")
    return 0


def _up(service: Path) -> list[list[str]]:
    name = service.resolve().name
    return [
        ["modelberth", "bundle", "build", str(service)],
        _pulumi(service, "stack", "select", "--create", STACK),
        _pulumi(service, "up", "--yes", "--skip-preview"),
        ["modelberth", "predict", name, "--example"],
        ["modelberth", "status", name],
    ]


def _down(service: Path) -> list[list[str]]:
    return [
        _pulumi(service, "stack", "select", "--create", STACK),
        _pulumi(service, "destroy", "--yes", "--skip-preview"),
    ]


def _pulumi(service: Path, *arguments: str) -> list[str]:
    return ["pulumi", "--cwd", str(service), "--non-interactive", *arguments]


def _run(command: list[str]) -> int:
    print(f"\n$ {shlex.join(command)}", flush=True)
    started = time.monotonic()
    code = subprocess.run(command, check=False).returncode
    print(f"  [{'done' if code == 0 else f'failed, exit code {code}'}, {time.monotonic() - started:.1f} s]", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
