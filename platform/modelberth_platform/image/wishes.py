"""Reads from a bundle's files what it asks of its image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from modelberth_platform.bundle.layout import read_yaml
from modelberth_platform.bundle.requirements import requirements_file
from modelberth_platform.image.errors import ImageError

_OWN_TOOLS = re.compile(r"ca-certificates gnupg2 bash build-essential git$|^apk add .*(bash|build-base)")
"""The commands that BentoML puts before a bundle's own; they install compilers and git, which no server needs."""

_INDEX = re.compile(r"^\s*(?:--index-url|--extra-index-url|-i|--find-links|-f)[ =]+(\S+)")
_PUBLIC_INDEX = "https://pypi.org/simple"


@dataclass(frozen=True)
class Wishes:
    """What a bundle asks of its image.

    Attributes:
        base: the base image that it names.
        python: the Python version, such as `3.11`.
        commands: are run as root before the requirements are installed, for example to install system packages.
        post_commands: are run as root after that, with the bundle in place.
        env: the environment variables that it sets.
        requirements: the lines of its lock, or of its plain list.
    """

    base: str
    python: str
    commands: tuple[str, ...]
    post_commands: tuple[str, ...]
    env: dict[str, str]
    requirements: str


def wishes(folder: Path) -> Wishes:
    """Read what the built Bento in `folder` asks for.

    Raises:
        ImageError: it asks for something that an image cannot have, or carries credentials that an image would spread.
    """
    bento = read_yaml(folder / "bento.yaml")
    image: dict[str, Any] = bento.get("image") or {}
    _refuse_template(folder)
    python = ".".join(str(image.get("python_version") or "3.11").split(".")[:2])
    return Wishes(
        base=image.get("base_image") or f"python:{python}-slim",
        python=python,
        commands=tuple(dict.fromkeys(_one_line(line) for line in image.get("commands") or [] if not _is_tools(line))),
        post_commands=tuple(_one_line(line) for line in image.get("post_commands") or []),
        env=_environment(bento),
        requirements=_requirements(folder),
    )


def _refuse_template(folder: Path) -> None:
    for name, what in (("Dockerfile.template", "dockerfile_template"), ("setup_script", "setup_script")):
        if (folder / "env" / "docker" / name).is_file():
            raise ImageError(
                f"the bundle has a {what} of its own, which this image has no place for. Say the same with "
                "bentoml.images.Image().run(…) and .system_packages(…), or build the image with bentoml containerize, "
                "push it, and give image= instead of bundle="
            )


def _environment(bento: dict[str, Any]) -> dict[str, str]:
    """The variables that have a value; the deployment sets those that have none."""
    variables = {str(entry["name"]): str(entry.get("value") or "") for entry in bento.get("envs") or []}
    return {name: value for name, value in sorted(variables.items()) if value}


def _requirements(folder: Path) -> str:
    path = requirements_file(folder)
    if path is None:
        return "bentoml\n"
    kept = []
    for line in path.read_text().splitlines():
        index = _INDEX.match(line)
        if index and urlsplit(index[1]).username:
            raise ImageError(
                f"{path.name} of the bundle names an index with credentials ({urlsplit(index[1]).hostname}), which "
                "everybody who can pull the image could read. Build the bundle again with the plain URL; the "
                "credentials belong into ~/.netrc or UV_DEFAULT_INDEX where the image is built"
            )
        if line.strip() and not (index and index[1] == _PUBLIC_INDEX):
            kept.append(line.rstrip())
    return "\n".join(kept) + "\n"


def _is_tools(command: str) -> bool:
    return bool(_OWN_TOOLS.search(command.strip()))


def _one_line(command: str) -> str:
    lines = [line.strip().rstrip("\\").strip() for line in command.strip().splitlines()]
    return " ".join(line for line in lines if line)
