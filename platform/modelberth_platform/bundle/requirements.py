"""Reads which packages a bundle asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from modelberth_platform.paths import cache_root, write_atomically

if TYPE_CHECKING:
    from packaging.requirements import Requirement

LOCKED = "env/python/requirements.txt"
ASKED_FOR = "env/python/requirements.in"


def requirements_file(folder: Path) -> Path | None:
    """The file that an installer takes: the lock that BentoML wrote, else the plain list; None if there is neither."""
    return next((path for name in (LOCKED, ASKED_FOR) if (path := folder / name).is_file()), None)


def direct_requirements(folder: Path) -> dict[str, Requirement]:
    """What the bundle asks for itself, by package, narrowed to the locked version where there is a lock."""
    locked = dict(_parsed(folder / LOCKED))
    asked_for = dict(_parsed(folder / ASKED_FOR))
    return {name: locked.get(name, requirement) for name, requirement in (asked_for or locked).items()}


def main_packages(folder: Path, digest: str) -> dict[str, str]:
    """The packages that the bundle asks for itself, with the locked version or the asked specifier.

    Remembered by the bundle's digest: every preview reads them, and what parses them is slow to import.
    """
    remembered = cache_root() / "packages" / f"{digest.removeprefix('sha256:')}.json"
    if remembered.is_file():
        return dict(json.loads(remembered.read_text()))
    packages = _main_packages(folder)
    write_atomically(remembered, json.dumps(packages))
    return packages


def _main_packages(folder: Path) -> dict[str, str]:
    return {
        name: next(iter(requirement.specifier)).version
        if str(requirement.specifier).startswith("==")
        else str(requirement.specifier)
        for name, requirement in sorted(direct_requirements(folder).items())
    }


def _parsed(path: Path) -> Iterator[tuple[str, Requirement]]:
    if not path.is_file():
        return
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    for line in path.read_text().replace("\\\n", " ").splitlines():
        text = line.split(" #")[0].split("--hash")[0].strip()
        if not text or text.startswith(("#", "-")):
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # a path or a bare URL, of which an installer knows more
            continue
        yield canonicalize_name(requirement.name), requirement
