"""A machine of its own for benchmarks and tests: what is written goes to a folder that goes away, but uv's cache."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def machine() -> Iterator[Path]:
    """The folder that holds state, caches, Bento store and Pulumi backend, at which the environment points."""
    root = Path(tempfile.mkdtemp(prefix="mb-"))  # short: Unix sockets live below it
    (root / "pulumi").mkdir()
    saved = dict(os.environ)
    os.environ.update(_variables(root))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        yield root
    finally:
        os.environ.clear()
        os.environ.update(saved)
        shutil.rmtree(root, ignore_errors=True)


def _variables(root: Path) -> dict[str, str]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return {
        # Packages that were downloaded once are linked, here too.
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(cache / "uv"),
        "XDG_STATE_HOME": str(root / "state"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "BENTOML_HOME": str(root / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "true",
        "PULUMI_BACKEND_URL": f"file://{root / 'pulumi'}",
        "PULUMI_HOME": str(root / "pulumi-home"),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
