"""From what a program writes as `bundle=` to a folder and its facts.

| reference | means |
|---|---|
| `fraud` | what the stack's `modelberth:bundles` pins for it, else the newest build in the local Bento store |
| `fraud:1.4.0` | that build in the local Bento store |
| `fraud@sha256:9f2c…` | the build with that bundle digest, wherever it was built |
| `./fraud` or `/srv/fraud` | the folder of a built Bento, relative to the program |
| `fraud.bento` | an archive written by `bentoml export` |
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelberth_platform.bundle import store
from modelberth_platform.bundle.archive import extracted
from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.facts import BundleFacts
from modelberth_platform.bundle.read import read_bento
from modelberth_platform.paths import cache_root, write_atomically

MODEL_FILES = (".pkl", ".joblib", ".onnx", ".pt")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{6,64}")


@dataclass(frozen=True)
class Bundle:
    """A bundle found on this machine.

    Attributes:
        folder: the built Bento.
        home: the BentoML home whose model store holds the models that are not inside the folder.
        facts: what its files say.
    """

    folder: Path
    home: Path
    facts: BundleFacts


def resolve(reference: str, *, pins: Mapping[str, str] | None = None, base: Path | None = None) -> Bundle:
    """Find the bundle that `reference` means and read its facts.

    Args:
        reference: see the table above.
        pins: `modelberth:bundles` of the stack, references by name.
        base: where relative paths begin; the current folder by default.

    Raises:
        BundleError: it does not exist, cannot be read, or is no bundle.
    """
    pinned = (pins or {}).get(reference)
    folder = _folder(pinned if pinned is not None else reference, base or Path.cwd())
    bundle = Bundle(folder, store.home(), read_bento(folder, store.home()))
    _remember(bundle)
    return bundle


def located(digest: str) -> tuple[Path, Path]:
    """Where a program on this machine last saw the bundle with that digest: its folder and its BentoML home.

    Raises:
        BundleError: no program has, or it is gone since.
    """
    try:
        seen = json.loads(_place(digest).read_text())
    except FileNotFoundError:
        raise BundleError(f"the bundle {digest} was not seen on this machine; build it here and run again") from None
    folder = Path(seen["folder"])
    if not folder.is_dir():
        raise BundleError(f"the bundle {digest} was in {folder}, which is gone; build it again and run again")
    return folder, Path(seen["home"])


def _folder(reference: str, base: Path) -> Path:
    if looks_like_a_path(reference):
        return _from_path((base / Path(reference).expanduser()).resolve(), reference)
    name, separator, digest = reference.partition("@")
    if separator:
        if not _NAME.fullmatch(name) or not _DIGEST.fullmatch(digest):
            raise BundleError(f"{reference!r} is no bundle reference; a pinned one looks like fraud@sha256:9f2c…")
        return store.with_digest(name, digest)
    name, _, version = reference.partition(":")
    if not _NAME.fullmatch(name) or (version and not _NAME.fullmatch(version)):
        raise BundleError(
            f"{reference!r} is no bundle reference; there are NAME, NAME:VERSION, NAME@sha256:…, a folder, an archive"
        )
    return store.build(name, version) if version and version != "latest" else store.newest(name)


def looks_like_a_path(reference: str) -> bool:
    """Whether the reference names a file or folder rather than a bundle."""
    return "/" in reference or reference in (".", "..") or reference.endswith((".bento", *MODEL_FILES))


def _from_path(path: Path, reference: str) -> Path:
    if path.suffix in MODEL_FILES:
        raise BundleError(
            f"{reference!r} is a plain model file, which this version cannot serve yet; write a Bento around it "
            "(modelberth new NAME shows one) and name that"
        )
    if path.is_dir():
        return path
    if path.is_file():
        return extracted(path)
    raise BundleError(f"{reference!r} does not exist: there is nothing at {path}")


def _remember(bundle: Bundle) -> None:
    place = _place(bundle.facts.digest)
    seen = json.dumps({"folder": str(bundle.folder), "home": str(bundle.home)})
    if not place.is_file() or place.read_text() != seen:
        write_atomically(place, seen)


def _place(digest: str) -> Path:
    return cache_root() / "bundles" / f"{digest.removeprefix('sha256:')}.json"
