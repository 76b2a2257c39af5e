"""Knows where the files of a built Bento lie, and reads and copies them safely."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from modelberth_platform.bundle.errors import BundleError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        BundleError: the file is missing, no YAML, or no mapping.
    """
    try:
        content = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - the safe loader, written in C where it is there
    except FileNotFoundError:
        raise BundleError(f"{path.parent} is not a built Bento: it holds no {path.name}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise BundleError(f"{path} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise BundleError(f"{path} is not a YAML mapping")
    return content


def model_tags(bento: dict[str, Any]) -> list[str]:
    """The tags (`name:version`) of all models that a Bento and its services use, sorted, each of them once."""
    listed = [*(bento.get("models") or [])]
    for service in bento.get("services") or []:
        listed += service.get("models") or []
    return sorted({model["tag"] for model in listed})


def model_folder(bento_folder: Path, home: Path, tag: str) -> Path:
    """Where the model lies: inside the Bento when it was exported, else in the model store beside the Bentos.

    Raises:
        BundleError: it is in neither.
    """
    name, _, version = tag.partition(":")
    for models in (bento_folder / "models", home / "models"):
        folder = models / name / version
        if (folder / "model.yaml").is_file():
            return folder
    raise BundleError(
        f"the model {tag} of the Bento in {bento_folder} is missing: it is neither inside it nor in {home / 'models'}; "
        "import it (bentoml models import) or build the Bento again"
    )


def files_below(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file below `root` with its relative POSIX path, sorted by that path; byte code is left out.

    Raises:
        BundleError: a link leads out of the folder, so that the content would not be the folder's own.
    """
    inside = root.resolve()
    for path in sorted(root.rglob("*"), key=lambda path: path.relative_to(root).as_posix()):
        if "__pycache__" in path.parts or not path.is_file():
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise BundleError(f"{path} is a link that leads out of the bundle; put the file itself there")
        yield path.relative_to(root).as_posix(), path


def copy_bundle(source: Path, home: Path, target: Path) -> None:
    """Copy a built Bento with its models inside, so that it can be served without a model store."""
    copy_tree(source, target)
    for tag in model_tags(read_yaml(source / "bento.yaml")):
        name, _, version = tag.partition(":")
        inside = target / "models" / name / version
        if not inside.is_dir():
            copy_tree(model_folder(source, home, tag), inside)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder's files without byte code."""
    for relative, path in files_below(source):
        destination = target / relative
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, destination)
