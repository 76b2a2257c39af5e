"""The local Bento store: `$BENTOML_HOME`, `~/bentoml` by default."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path

from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.read import read_bento


def home() -> Path:
    """BentoML's home on this machine."""
    return Path(os.environ.get("BENTOML_HOME") or Path.home() / "bentoml")


def names() -> list[str]:
    """The names of the Bentos in the store."""
    return sorted(path.name for path in _bentos().iterdir() if path.is_dir()) if _bentos().is_dir() else []


def builds(name: str) -> list[Path]:
    """The builds of a Bento, the newest first."""
    folders = [path.parent for path in (_bentos() / name).glob("*/bento.yaml")]
    return sorted(folders, key=lambda folder: (folder / "bento.yaml").stat().st_mtime_ns, reverse=True)


def newest(name: str) -> Path:
    """The newest build of that name.

    Raises:
        BundleError: there is none; the message names what comes near.
    """
    latest = _bentos() / name / "latest"
    if latest.is_file() and (folder := _bentos() / name / latest.read_text().strip()).is_dir():
        return folder
    for folder in builds(name):
        return folder
    raise BundleError(f"no bundle named {name!r} in the Bento store {home()}; {_near(name, names())}")


def build(name: str, version: str) -> Path:
    """The build of that name and version.

    Raises:
        BundleError: there is none; the message names what comes near.
    """
    folder = _bentos() / name / version
    if (folder / "bento.yaml").is_file():
        return folder
    newest(name)  # raises if the name is unknown too, which is the better thing to say
    raise BundleError(
        f"no build {name}:{version} in the Bento store {home()}; "
        + _near(version, [folder.name for folder in builds(name)])
    )


def with_digest(name: str, digest: str) -> Path:
    """The build of that name whose bundle digest is `digest` or begins with it.

    Raises:
        BundleError: there is none, or there are several.
    """
    newest(name)
    digests = {folder: read_bento(folder, home()).digest for folder in builds(name)}
    matches = {full: folder for folder, full in digests.items() if full.startswith(digest)}
    if len(matches) == 1:
        return next(iter(matches.values()))
    listed = ", ".join(sorted(matches or set(digests.values())))
    problem = "fits several builds" if matches else "fits no build"
    raise BundleError(f"{name}@{digest} {problem} in the Bento store {home()}; there are {listed}")


def _bentos() -> Path:
    return home() / "bentos"


def _near(name: str, existing: list[str]) -> str:
    if not existing:
        return "it is empty. Build one: modelberth bundle build FOLDER"
    near = difflib.get_close_matches(name, existing, n=3) or existing[:5]
    return "there is " + _joined(near) + ". Build one: modelberth bundle build FOLDER"


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def all_builds() -> Iterator[Path]:
    """Every build in the store, by name, the newest first."""
    for name in names():
        yield from builds(name)
