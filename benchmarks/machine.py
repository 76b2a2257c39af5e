"""A machine of its own for a run: state, caches, Bento store and Pulumi backend in a folder that goes away."""

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
    """The folder; the environment points into it."""
    root = Path(tempfile.mkdtemp(prefix="mb-"))
    (root / "pulumi").mkdir()
    os.environ.update(
        XDG_STATE_HOME=str(root / "state"),
        XDG_CACHE_HOME=str(root / "cache"),
        BENTOML_HOME=str(root / "bentoml"),
        BENTOML_DO_NOT_TRACK="true",
        PULUMI_BACKEND_URL=f"file://{root / 'pulumi'}",
        PULUMI_HOME=str(root / "pulumi-home"),
        PULUMI_CONFIG_PASSPHRASE="",
        PULUMI_SKIP_UPDATE_CHECK="true",
    )
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
