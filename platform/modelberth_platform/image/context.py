"""Writes build contexts: the same recipe gives the same bytes, names, modes and times, whoever writes it."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from modelberth_platform.bundle.layout import copy_bundle, copy_tree, model_tags, read_yaml
from modelberth_platform.image.recipe import RUNTIME_REQUIREMENTS, Recipe
from modelberth_platform.paths import filled_once
from modelberth_platform.runtime import runtime_folder

KEPT_CONTEXTS = 3
"""How many contexts of a bundle are kept: those that were used last."""
IN_USE_SECONDS = 3600
"""How long a context counts as in use: another program may be building from it."""
_TIME = 946684800
"""1 January 2000, the time of every file, so that layers and byte code do not depend on when they were copied."""


def write_context(recipe: Recipe, target: Path) -> Path:
    """Write the build context of a recipe to the folder `target`, unless it is there; return this folder.

        Dockerfile        requirements/   bundle/   models/   runtime/modelberth_serving/

    Raises:
        BundleError: the bundle has a link that leads out of it, or lacks a model.
    """
    return filled_once(target, lambda folder: _write(recipe, folder))


def forget_old_contexts(current: Path) -> None:
    """Delete the contexts of earlier releases beside this one, except the last used ones and those of the last hour.

    A context is a copy of the bundle and its models, and is written again where it is needed.

    Args:
        current: a context, named `BUNDLE-TAG`.
    """
    os.utime(current)
    last_used = {path: path.stat().st_mtime for path in current.parent.iterdir() if path.is_dir()}
    name, long_ago = _bundle_of(current), time.time() - IN_USE_SECONDS
    same_bundle = [path for path in last_used if _bundle_of(path) == name]
    same_bundle.sort(key=lambda path: last_used[path], reverse=True)
    unfinished = [path for path in last_used if path.name.startswith(".")]  # left by processes that were killed
    for path in [*same_bundle[KEPT_CONTEXTS:], *unfinished]:
        if last_used[path] < long_ago:
            _delete(path)


def _write(recipe: Recipe, folder: Path) -> None:
    copy_bundle(recipe.folder, recipe.home, folder / "bundle")
    _without_build_details(folder / "bundle", recipe)
    models = folder / "models"
    models.mkdir()
    if (folder / "bundle" / "models").is_dir():
        models.rmdir()
        (folder / "bundle" / "models").rename(models)
    _name_latest(models, model_tags(read_yaml(recipe.folder / "bento.yaml")))
    copy_tree(runtime_folder(), folder / "runtime" / "modelberth_serving")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "bundle.txt").write_text(recipe.wishes.requirements)
    (folder / "requirements" / "runtime.txt").write_text("\n".join(RUNTIME_REQUIREMENTS) + "\n")
    (folder / "Dockerfile").write_text(recipe.dockerfile)
    _normalise(folder)


def _bundle_of(context: Path) -> str:
    return context.name.rpartition("-")[0]


def _delete(context: Path) -> None:
    """Delete a context under another name, so that a folder with a context's name is always whole."""
    with suppress(OSError):  # another process was faster
        shutil.rmtree(context.rename(context.with_name(f".old-{context.name.lstrip('.')}")))


def _without_build_details(bundle: Path, recipe: Recipe) -> None:
    """Leave out what each build of the same content makes anew: BentoML's version, its times, its own Dockerfile."""
    description = bundle / "bento.yaml"
    text = description.read_text()
    info = read_yaml(description)
    version = str(info["version"])
    text = re.sub(r"^( *creation_time: ).*$", r"\g<1>'2000-01-01T00:00:00+00:00'", text, flags=re.MULTILINE)
    text = re.sub(r"^version: .*$", f"version: {recipe.facts.version}", text, count=1, flags=re.MULTILINE)
    description.write_text(text)
    readme = bundle / "README.md"
    if readme.is_file():
        readme.write_text(readme.read_text().replace(version, recipe.facts.version))
    for left_over in sorted((bundle / "env" / "docker").rglob("*"), reverse=True):
        left_over.unlink()
    if (bundle / "env" / "docker").is_dir():
        (bundle / "env" / "docker").rmdir()


def _name_latest(models: Path, tags: list[str]) -> None:
    """Say which version `NAME:latest` is; BentoML would write that itself, but an image's root may be read-only."""
    newest = {}
    for tag in sorted(tags, key=lambda tag: str(read_yaml(_model(models, tag) / "model.yaml").get("creation_time"))):
        newest[tag.partition(":")[0]] = tag.partition(":")[2]
    for name, version in newest.items():
        (models / name / "latest").write_text(version)


def _model(models: Path, tag: str) -> Path:
    name, _, version = tag.partition(":")
    return models / name / version


def _normalise(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
    for path in folder.rglob("*"):
        os.utime(path, (_TIME, _TIME))
