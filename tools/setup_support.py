"""What the steps of the setup share: running commands, the cache of tools, folders that are filled once."""

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
    """Something is missing; the message says what, and what to install."""


def tools_cache() -> Path:
    """Where installed and built tools live, outside of the checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modelberth" / "tools"


def say(text: str) -> None:
    """Tell what is being done, on standard error: standard output belongs to `--env`."""
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
        last_lines = "\n".join((result.stderr or result.stdout).strip().splitlines()[-15:])
        raise SetupError(f"{failure}: {' '.join(command)}\n{last_lines}")
    return result.stdout


def fetched(url: str) -> bytes | None:
    """The content at the URL, or None if it cannot be reached."""
    fetch = ["curl", "-fsSL", "--connect-timeout", "10", url]
    try:
        return subprocess.run(fetch, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def version_of(command: Sequence[str]) -> tuple[int, ...] | None:
    """The first version number that the command prints, or None if it does not run or prints none."""
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", output)
    return tuple(int(part or 0) for part in match.groups()) if match else None


def dotted(version: Sequence[int]) -> str:
    """`(3, 250, 0)` as `3.250.0`."""
    return ".".join(str(part) for part in version)


@contextmanager
def filled_once(folder: Path) -> Iterator[Path | None]:
    """Give a folder to fill, or None if it is filled already; it appears whole or not at all.

    Two checkouts that set up at the same time wait for each other. This is separate from the helper of that name in
    modelberth_platform: it makes the environment which that one is imported from, with the standard library alone.
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
