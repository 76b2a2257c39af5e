"""Reads a bundle's facts from the files of a built Bento."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from modelberth_platform.bundle.digest import bento_digest, model_digest
from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.facts import Api, BundleFacts, ModelFacts
from modelberth_platform.bundle.layout import files_below, model_folder, model_tags, read_yaml
from modelberth_platform.bundle.requirements import main_packages

_GENERATED_VERSION = re.compile(r"[a-z2-7]{16}")
"""A version that BentoML made up because none was given."""


def read_bento(folder: Path, home: Path) -> BundleFacts:
    """Read a built Bento; its models come from inside it or from the model store of `home`.

    Raises:
        BundleError: it is no built Bento, was built without services, or lacks a model.
    """
    bento = read_yaml(folder / "bento.yaml")
    try:
        models = [_model(model_folder(folder, home, tag), tag) for tag in model_tags(bento)]
        digest = bento_digest(folder, {tag: facts.digest for tag, facts in models})
        return BundleFacts(
            name=bento["name"],
            version=_version(bento, digest),
            digest=digest,
            python=(bento.get("image") or {}).get("python_version"),
            apis=apis_of(bento),
            models=tuple(sorted((facts for _, facts in models), key=lambda facts: facts.name)),
            packages=main_packages(folder, digest),
            labels=_model_labels([facts for _, facts in models]) | _labels(bento),
            size=sum(facts.size for _, facts in models) + _size(folder, leave_out="models/"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"{folder / 'bento.yaml'} lacks what a Bento built by BentoML 1.4 or later says ({error}); build it again"
        ) from None


def _model(folder: Path, tag: str) -> tuple[str, ModelFacts]:
    info = read_yaml(folder / "model.yaml")
    facts = ModelFacts(name=info["name"], digest=model_digest(folder), labels=_labels(info), size=_size(folder))
    return tag, facts


def apis_of(bento: dict[str, Any]) -> tuple[Api, ...]:
    """The APIs that a `bento.yaml` describes, sorted by name."""
    routes = bento["schema"]["routes"]
    apis = [
        Api(
            name=route["name"],
            route=route["route"],
            input=route.get("input") or {},
            output=route.get("output") or {},
            streaming=bool((route.get("output") or {}).get("is_stream")),
            batchable=bool(route.get("batchable")),
            task=bool(route.get("is_task")),
        )
        for route in routes
    ]
    return tuple(sorted(apis, key=lambda api: api.name))


def _version(bento: dict[str, Any], digest: str) -> str:
    version = str(bento["version"])
    if not _GENERATED_VERSION.fullmatch(version):
        return version
    return _labels(bento).get("version") or digest.removeprefix("sha256:")[:12]


def _labels(info: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in sorted((info.get("labels") or {}).items())}


def _model_labels(models: list[ModelFacts]) -> dict[str, str]:
    """The labels of the models, which say what was measured; prefixed by the model's name where there are several."""
    if len(models) == 1:
        return dict(models[0].labels)
    return {f"{model.name}.{label}": value for model in models for label, value in model.labels.items()}


def _size(root: Path, leave_out: str | None = None) -> int:
    return sum(
        path.stat().st_size
        for relative, path in files_below(root)
        if not (leave_out and relative.startswith(leave_out))
    )
