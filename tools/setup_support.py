"""What the setup steps share."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class SetupError(Exception):
    """Says what is missing and what to install."""


def tools_cache() -> Path:
    """Where installed and built tools live, outside of the checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modelberth" / "tools"


def say(text: str) -> None:
    """Tell what is being done; standard output belongs to `--env`."""
    print(f"             {text}", file=sys.stderr, flush=True)


def run(command: Sequence[str], failure: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it printed.

    Raises:
        SetupError: it failed; the message ends with its last lines.
    """
    result = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        said = "\n".join((result.stderr or result.stdout).strip().splitlines()[-15:])
        raise SetupError(f"{failure}: {' '.join(command)}\n{said}")
    return result.stdout


def fetched(url: str) -> bytes | None:
    """What lies at the URL, or None where it cannot be reached."""
    fetch = ["curl", "-fsSL", "--connect-timeout", "10", url]
    try:
        return subprocess.run(fetch, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def version_of(command: Sequence[str]) -> tuple[int, ...] | None:
    """The first version number that the command prints, or None where it does not run."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def dotted(version: Sequence[int]) -> str:
    """`(3, 250, 0)` as `3.250.0`."""
    return ".".join(str(part) for part in version)


@contextmanager
def filled_once(folder: Path) -> Iterator[Path | None]:
    """Give a folder to fill, or None where it is filled already; it appears whole or not at all.

    Two checkouts that set up at the same time wait for each other. `modelberth_platform.paths` has the like, but what
    runs here makes the environment that it could be imported from, and has nothing beside the standard library.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            yield None
            return
        filling = Path(f"{folder}.filling")
        shutil.rmtree(filling, ignore_errors=True)
        filling.mkdir()
        try:
            yield filling
            filling.rename(folder)
        finally:
            shutil.rmtree(filling, ignore_errors=True)
