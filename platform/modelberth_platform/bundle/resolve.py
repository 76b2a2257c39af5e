"""Finds the bundle that a program means by `bundle=`: its folder and its facts.

| reference | means |
|---|---|
| `fraud` | what the stack's `modelberth:bundles` pins for it, else the newest build in the local Bento store |
| `fraud:1.4.0` | that build in the local Bento store |
| `fraud@sha256:9f2c…` | the bundle with that digest: a local build, else what the bundle store has |
| `./fraud` or `/srv/fraud` | the folder of a built Bento, relative to the program |
| `fraud.bento` | an archive written by `bentoml export` |
| `fraud.onnx` | a model file (.onnx .joblib .pkl .pt), with a service written for it |
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from modelberth_platform.bundle import store
from modelberth_platform.bundle.archive import extracted
from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.facts import BundleFacts
from modelberth_platform.bundle.read import read_bento
from modelberth_platform.bundle.remote import RemoteStore
from modelberth_platform.paths import cache_root, write_atomically

MODEL_FILES = (".joblib", ".onnx", ".pkl", ".pt")

Trust = Literal["pickle"]
"""What a caller may take on trust: the imports of a pickle."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{6,64}")


@dataclass(frozen=True)
class Bundle:
    """A bundle that was found.

    Attributes:
        folder: the built Bento, or None while it is only in the bundle store; `located` fetches it.
        home: the BentoML home whose model store holds the models that are not inside the folder.
        facts: what its files say.
    """

    folder: Path | None
    home: Path
    facts: BundleFacts


def resolve(
    reference: str,
    *,
    pins: Mapping[str, str] | None = None,
    base: Path | None = None,
    store_url: str | None = None,
    trust: Trust | None = None,
) -> Bundle:
    """Find the bundle that `reference` means and read its facts.

    Args:
        reference: what the program writes; the table above lists the kinds.
        pins: `modelberth:bundles` of the stack, references by name.
        base: the folder that paths are relative to; the current one by default.
        store_url: the bundle store, `modelberth:store` of the stack; only facts are read from it.
        trust: `pickle` accepts whatever a pickled model file imports.

    Raises:
        BundleError: it does not exist, cannot be read, or is no bundle.
    """
    reference = (pins or {}).get(reference, reference)
    try:
        folder = _folder(reference, base or Path.cwd(), trust)
    except BundleError as error:
        if store_url is None or "@" not in reference or looks_like_a_path(reference):
            raise
        return _in_store(reference, store_url, error)
    facts = read_bento(folder, store.home())
    _remember(facts, {"folder": str(folder), "home": str(store.home())})
    return Bundle(folder, store.home(), facts)


def _in_store(reference: str, url: str, not_here: BundleError) -> Bundle:
    name, _, digest = reference.partition("@")
    try:
        facts = RemoteStore(url).facts(name, digest)
    except BundleError as error:
        raise BundleError(f"{not_here}; and {error}") from None
    _remember(facts, {"store": url})
    return Bundle(None, store.home(), facts)


def located(digest: str) -> tuple[Path, Path]:
    """Where a program on this machine last saw the bundle with that digest: its folder and its BentoML home.

    A bundle that it saw in the bundle store is fetched.

    Raises:
        BundleError: no program saw it, its folder is gone since, or it cannot be fetched.
    """
    try:
        record = json.loads(_place(digest).read_text())
    except FileNotFoundError:
        raise BundleError(f"the bundle {digest} was not seen on this machine; build it here and run again") from None
    if "store" in record:
        fetched = RemoteStore(record["store"]).pull(record["name"], digest)
        return fetched, fetched
    folder = Path(record["folder"])
    if not folder.is_dir():
        raise BundleError(f"the bundle {digest} was in {folder}, which is gone; build it again and run again")
    return folder, Path(record["home"])


def _folder(reference: str, base: Path, trust: Trust | None) -> Path:
    if looks_like_a_path(reference):
        return _from_path((base / Path(reference).expanduser()).resolve(), reference, trust)
    name, separator, digest = reference.partition("@")
    if separator:
        if not _NAME.fullmatch(name) or not _DIGEST.fullmatch(digest):
            raise BundleError(f"{reference!r} is no bundle reference; a pinned one looks like fraud@sha256:9f2c…")
        return store.with_digest(name, digest)
    name, _, version = reference.partition(":")
    if not _NAME.fullmatch(name) or (version and not _NAME.fullmatch(version)):
        raise BundleError(
            f"{reference!r} is no bundle reference; there are NAME, NAME:VERSION, NAME@sha256:…, a folder, an archive, "
            "a model file"
        )
    return store.build(name, version) if version and version != "latest" else store.newest(name)


def looks_like_a_path(reference: str) -> bool:
    """Whether the reference names a file or folder rather than a bundle."""
    return "/" in reference or reference in (".", "..") or reference.endswith((".bento", *MODEL_FILES))


def _from_path(path: Path, reference: str, trust: Trust | None) -> Path:
    if path.is_dir():
        return path
    if path.is_file() and path.suffix in MODEL_FILES:
        from modelberth_platform.modelfile import bento_of

        return bento_of(path, trusted=trust == "pickle")
    if path.is_file():
        return extracted(path)
    raise BundleError(f"{reference!r} does not exist: there is nothing at {path}")


def _remember(facts: BundleFacts, where: dict[str, str]) -> None:
    place = _place(facts.digest)
    seen = json.dumps({"name": facts.name, **where})
    if not place.is_file() or place.read_text() != seen:
        write_atomically(place, seen)


def _place(digest: str) -> Path:
    return cache_root() / "bundles" / f"{digest.removeprefix('sha256:')}.json"
