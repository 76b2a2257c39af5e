"""The serving runtime as files: they are copied to where a bundle runs, never imported here."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from modelberth_platform.bundle.layout import files_below


def runtime_folder() -> Path:
    """Where `modelberth_serving` lies."""
    spec = find_spec("modelberth_serving")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


@cache
def runtime_digest() -> str:
    """A digest of the runtime's files."""
    files = [[relative, path.read_text()] for relative, path in files_below(runtime_folder())]
    return hashlib.sha256(repr(files).encode()).hexdigest()
