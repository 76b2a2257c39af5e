"""Makes a built Bento of a model file: its description, a service that runs it, and the file as the Bento's model.

It is written to a content-addressed cache, once for the same file, name, labels and version of modelberth. A preview
reads its facts like those of any other bundle; nothing is built or run for that.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modelberth_platform.bundle import store
from modelberth_platform.bundle.digest import file_digest
from modelberth_platform.bundle.layout import files_below
from modelberth_platform.bundle.read import read_bento
from modelberth_platform.modelfile.described import Described
from modelberth_platform.modelfile.errors import ModelFileError
from modelberth_platform.modelfile.service import schema_of, service_of
from modelberth_platform.paths import cache_root, filled_once, write_atomically

_TIME = "2000-01-01T00:00:00+00:00"
"""The time that all of it was made at, so that the same file gives the same Bento."""


def bento_of(
    path: Path,
    *,
    name: str | None = None,
    version: str | None = None,
    labels: Mapping[str, str] | None = None,
    trusted: bool = False,
) -> Path:
    """The folder of a Bento that serves the model file.

    Args:
        path: a file whose name ends in .onnx, .joblib, .pkl or .pt.
        name: the bundle's name; by default that of the file.
        version: the bundle's version; by default the beginning of the file's digest.
        labels: the bundle's labels.
        trusted: whether the caller accepts whatever a pickle imports.

    Raises:
        ModelFileError: it cannot be served; the message says why.
    """
    if not path.is_file():
        raise ModelFileError(f"there is no model file {path}")
    bundle = name or _name(path)
    content = file_digest(path)
    key = hashlib.sha256(
        repr([content, path.suffix, bundle, version, sorted((labels or {}).items()), _python(), _writer()]).encode()
    )

    def write(folder: Path) -> None:
        described = _described(path, trusted=trusted)
        _write(folder, path, (bundle, version or content[:16]), content[:16], described, labels or {})

    return filled_once(cache_root() / "model-files" / f"{key.hexdigest()[:32]}{'-trusted' if trusted else ''}", write)


def store_bento(folder: Path) -> str:
    """Copy a Bento that was made of a model file into the local Bento store; return its tag there."""
    facts = read_bento(folder, store.home())
    target = store.home() / "bentos" / facts.name / facts.version
    if target.is_dir() and read_bento(target, store.home()).digest != facts.digest:
        shutil.rmtree(target)
    filled_once(target, lambda copy: shutil.copytree(folder, copy, dirs_exist_ok=True))
    write_atomically(target.parent / "latest", facts.version)
    return f"{facts.name}:{facts.version}"


@cache
def _writer() -> str:
    """A digest of this package's files: another version of modelberth writes its Bentos anew."""
    files = [[relative, path.read_text()] for relative, path in files_below(Path(__file__).parent)]
    return hashlib.sha256(repr(files).encode()).hexdigest()


def _described(path: Path, *, trusted: bool) -> Described:
    if path.suffix == ".onnx":
        from modelberth_platform.modelfile.onnx_file import describe_onnx

        return describe_onnx(path)
    if path.suffix == ".pt":
        from modelberth_platform.modelfile.torchscript import describe_torchscript

        return describe_torchscript(path)
    from modelberth_platform.modelfile.pickles import describe_pickle

    return describe_pickle(path, trusted=trusted)


def _name(path: Path) -> str:
    name = re.sub(r"[^a-z0-9_.-]+", "-", path.stem.lower()).strip("-._")
    if not name:
        raise ModelFileError(f"{path} has no name that a bundle could have; rename it, or give one with --name")
    return name


def _write(
    folder: Path, path: Path, bento: tuple[str, str], version: str, described: Described, labels: Mapping[str, str]
) -> None:
    """Write a Bento; `bento` is its name and version, `version` that of the model inside it."""
    name = bento[0]
    model = folder / "models" / name / version
    model.mkdir(parents=True)
    file = f"model{path.suffix}"
    shutil.copyfile(path, model / file)
    (model / "model.yaml").write_text(_yaml(_model_info(name, version, described)))
    (model.parent / "latest").write_text(version)
    (folder / "src").mkdir()
    (folder / "src" / "service.py").write_text(service_of(described, name, f"{name}:{version}", file))
    (folder / "README.md").write_text(f"# {name}\n\nServes {described.what}, as modelberth read it from {path.name}.\n")
    requirements = "\n".join(_requirements(described)) + "\n"
    (folder / "env" / "python").mkdir(parents=True)
    (folder / "env" / "python" / "requirements.in").write_text(requirements)
    (folder / "env" / "python" / "requirements.txt").write_text(requirements)
    (folder / "bento.yaml").write_text(_yaml(_bento_info(bento, f"{name}:{version}", described, labels)))


def _requirements(described: Described) -> list[str]:
    pinned = [f"{package}=={version}" if version else package for package, version in described.packages.items()]
    return ["bentoml>=1.4.35,<2", *pinned]


def _model_info(name: str, version: str, described: Described) -> dict[str, Any]:
    context = {"framework_name": "", "framework_versions": {}, "bentoml_version": "", "python_version": ""}
    return {
        "name": name,
        "version": version,
        "module": "",
        "labels": {"model": described.what},
        "options": {},
        "metadata": {},
        "context": context,
        "signatures": {},
        "api_version": "v1",
        "creation_time": _TIME,
    }


def _bento_info(bento: tuple[str, str], tag: str, described: Described, labels: Mapping[str, str]) -> dict[str, Any]:
    model = {"tag": tag, "module": "", "creation_time": _TIME}
    service = {"name": "Model", "service": "", "models": [model], "dependencies": [], "config": {}}
    python = _python()
    return {
        "service": "service:Model",
        "name": bento[0],
        "version": bento[1],
        "bentoml_version": "1.4.35",
        "creation_time": _TIME,
        "labels": dict(labels),
        "models": [],
        "entry_service": "Model",
        "services": [service],
        "envs": [],
        "schema": schema_of(described),
        "args": {},
        "spec": 2,
        "image": {
            "base_image": f"python:{python}-slim",
            "python_version": python,
            "commands": [],
            "python_requirements": "\n".join(_requirements(described)) + "\n",
            "post_commands": [],
            "build_include": [],
        },
    }


def _python() -> str:
    """The Python that the Bento asks for: this one, since a pickle does not say which Python wrote it."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
