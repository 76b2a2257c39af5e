"""The folders that modelberth writes to on this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
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


def filled_once(target: Path, fill: Callable[[Path], object]) -> Path:
    """Return the folder `target`; unless it is there, `fill` is called to fill it.

    It is for folders whose name says what they hold. The folder appears whole or not at all, even if the process is
    killed. Processes that want the same one wait for the first of them instead of doing its work again.

    Args:
        target: the folder's place.
        fill: called with an empty folder, which takes this place when the call returns.

    Raises:
        FileNotFoundError: something else is in its place.
    """
    if target.is_dir():
        return target
    from filelock import FileLock  # 50 ms that a preview need not pay when everything is there

    # The lock does not lie beside the folder, which may be one of the user's. It only saves work and can be removed at
    # any time: two processes would then fill the same folder, and that of the first to finish would be kept.
    lock = cache_root() / "locks" / hashlib.sha256(str(target.absolute()).encode()).hexdigest()[:32]
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        try:
            if not target.is_dir():
                with _filled(target) as folder:
                    fill(folder)
        finally:
            lock.unlink(missing_ok=True)
    return target


@contextmanager
def _filled(target: Path) -> Iterator[Path]:
    """Give a new folder beside `target` to fill; it is renamed to `target` when all went well, and removed otherwise.

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
