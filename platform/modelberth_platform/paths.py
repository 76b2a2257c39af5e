"""The folders that modelberth writes to on this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs


def state_root() -> Path:
    """Where running endpoints live: `$XDG_STATE_HOME/modelberth`."""
    return Path(platformdirs.user_state_path("modelberth"))


def cache_root() -> Path:
    """Content-addressed caches, safe to delete at any time: `$XDG_CACHE_HOME/modelberth`."""
    return Path(platformdirs.user_cache_path("modelberth"))


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that readers see whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def filled(target: Path) -> Iterator[Path]:
    """A new folder beside `target` to fill; renamed to `target` when all went well, removed otherwise.

    Where another process was faster, its folder stays: for content-addressed folders both are the same.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".filling-"))
    try:
        yield temporary
        with suppress(OSError):  # it is there by now
            temporary.rename(target)
        if not target.is_dir():
            raise FileNotFoundError(f"{target} could not be written")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
