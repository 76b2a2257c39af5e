"""The bundle digest: the same content built twice has the same digest.

BentoML gives every build a random version and stamps times into it. So what counts are the files, and `bento.yaml` and
`model.yaml` without versions and times, with each model named by its own digest.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from modelberth_platform.bundle.layout import files_below, read_yaml
from modelberth_platform.paths import cache_root, write_atomically

_PER_BUILD = frozenset({"version", "creation_time"})

_WORTH_REMEMBERING = 16 * 1024 * 1024
"""The size in bytes from which a file's digest is remembered, by path, size, time and inode: a preview should not read
gigabytes."""

_NO_CONTENT = frozenset({"bento.yaml", "README.md"})
"""What does not count as it is: `bento.yaml` counts without what each build makes anew, and BentoML's README quotes the
tag."""


def model_digest(folder: Path) -> str:
    """The digest (`sha256:…`) of a model's folder in the model store."""
    info = _without(read_yaml(folder / "model.yaml"), _PER_BUILD)
    return _digest([info, _contents(folder, frozenset({"model.yaml"}))])


def bento_digest(folder: Path, models: dict[str, str]) -> str:
    """The digest (`sha256:…`) of a built Bento; `models` maps the tags of its models to their digests."""
    names_by_tag = {tag: f"{tag.partition(':')[0]}@{digest}" for tag, digest in models.items()}
    info = _renamed(_without(read_yaml(folder / "bento.yaml"), _PER_BUILD), names_by_tag)
    return _digest([info, _contents(folder, _NO_CONTENT, below="models/")])


def _contents(root: Path, skip: frozenset[str], below: str | None = None) -> list[list[Any]]:
    return [
        [relative, bool(path.stat().st_mode & 0o100), file_digest(path)]
        for relative, path in files_below(root)
        if relative not in skip and not (below and relative.startswith(below))
    ]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content; that of a large file is remembered."""
    stat = path.stat()
    if stat.st_size < _WORTH_REMEMBERING:
        return _hash(path)
    identity = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{stat.st_ino}"
    remembered = cache_root() / "digests" / hashlib.sha256(identity.encode()).hexdigest()
    if remembered.is_file():
        return remembered.read_text()
    digest = _hash(path)
    write_atomically(remembered, digest)
    return digest


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without(value: Any, keys: frozenset[str]) -> Any:
    return {key: item for key, item in value.items() if key not in keys}


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """`value` with model tags replaced and the times of nested entries left out."""
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items() if key != "creation_time"}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _digest(value: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
