"""The folders that modelberth writes to on this machine."""

from __future__ import annotations

import os
import tempfile
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
