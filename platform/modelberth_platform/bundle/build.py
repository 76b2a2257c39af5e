"""Builds bundles: runs the training, then `bentoml build`, and neither of them when nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from modelberth_platform.bundle import store
from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.layout import files_below
from modelberth_platform.bundle.read import read_bento
from modelberth_platform.bundle.resolve import MODEL_FILES, Bundle, Trust, resolve
from modelberth_platform.paths import cache_root, write_atomically

_DESCRIBES_A_BENTO = ("bentofile.yaml", "bentofile.yml", "service.py")


@dataclass(frozen=True)
class Built:
    """What `build` returns: the bundle, its tag in the Bento store, and whether it had to be built."""

    bundle: Bundle
    tag: str
    fresh: bool


def build(
    source: Path,
    *,
    name: str | None = None,
    version: str | None = None,
    labels: Mapping[str, str] | None = None,
    train: bool = True,
    force: bool = False,
    trust: Trust | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Built:
    """Build the Bento in a folder or in its `bento/`, after running the `train.py` beside it; or that of a model file.

    A source whose files, models and Python did not change since the last build is not built again.

    Args:
        source: a folder with a `bentofile.yaml` or `service.py`, or with a `bento/` that has one; or a model file.
        name: the Bento's name, instead of the one that it gives itself.
        version: the Bento's version; BentoML makes one up where it is left out.
        labels: are added to those that the Bento gives itself.
        train: whether to run `train.py` first, if there is one.
        force: whether to build even if nothing changed.
        trust: `pickle` accepts whatever a pickled model file imports.
        say: is called with each step, and with each line that the training prints.

    Raises:
        BundleError: the folder describes no Bento, or training or building failed.
    """
    if source.suffix in MODEL_FILES and not source.is_dir():
        return _of_model_file(source, name, version, labels or {}, trust)
    source = _source(source)
    options = json.dumps([name, version, dict(labels or {})])
    record = cache_root() / "builds" / f"{hashlib.sha256(f'{source}{store.home()}{options}'.encode()).hexdigest()}.json"
    if not force and (tag := _unchanged(record, source)):
        return Built(resolve(tag), tag, fresh=False)
    if train and (source / "train.py").is_file():
        say(f"training: {source / 'train.py'}")
        _python(["train.py"], source, say)
    say(f"building: {source}")
    output = _python(_build_command(name, version, labels or {}), source, lambda _: None)
    tag = _tag(output)
    built = Built(resolve(tag), tag, fresh=True)
    models = [model.name for model in built.bundle.facts.models]
    write_atomically(record, json.dumps({"tag": tag, "models": models, "inputs": _inputs(source, models)}))
    return built


def _of_model_file(
    path: Path, name: str | None, version: str | None, labels: Mapping[str, str], trust: Trust | None
) -> Built:
    from modelberth_platform.modelfile import bento_of, store_bento

    folder = bento_of(path, name=name, version=version, labels=labels, trusted=trust == "pickle")
    facts = read_bento(folder, store.home())
    earlier_digests = {read_bento(build, store.home()).digest for build in store.builds(facts.name)}
    tag = store_bento(folder)
    return Built(resolve(tag), tag, fresh=facts.digest not in earlier_digests)


def _source(folder: Path) -> Path:
    if not folder.is_dir():
        raise BundleError(f"{folder} is no folder; name one that describes a Bento ({' or '.join(_DESCRIBES_A_BENTO)})")
    for candidate in (folder, folder / "bento"):
        if any((candidate / name).is_file() for name in _DESCRIBES_A_BENTO):
            return candidate.resolve()
    raise BundleError(
        f"{folder} describes no Bento: neither it nor its bento/ has a {' or '.join(_DESCRIBES_A_BENTO)}. "
        "modelberth new NAME writes a folder that does"
    )


def _unchanged(record: Path, source: Path) -> str | None:
    """The tag of the last build, if it is still there and everything that went into it is still the same."""
    try:
        last = json.loads(record.read_text())
        name, _, version = last["tag"].partition(":")
        store.build(name, version)
    except (OSError, ValueError, KeyError, BundleError):
        return None
    return str(last["tag"]) if last["inputs"] == _inputs(source, last["models"]) else None


def _inputs(source: Path, models: list[str]) -> str:
    """A digest of what a build depends on: the folder, the newest version of its models, Python and BentoML."""
    digest = hashlib.sha256()
    for relative, path in files_below(source):
        digest.update(f"{relative}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for model in models:
        latest = store.home() / "models" / model / "latest"
        digest.update(f"{model}:{latest.read_text() if latest.is_file() else ''}\n".encode())
    digest.update(f"{sys.version_info[:3]} {metadata.version('bentoml')}".encode())
    return digest.hexdigest()


def _build_command(name: str | None, version: str | None, labels: Mapping[str, str]) -> list[str]:
    command = ["-m", "bentoml", "build", "--output", "tag"]
    command += ["--name", name] if name else []
    command += ["--version", version] if version else []
    for key, value in labels.items():
        command += ["--label", f"{key}={value}"]
    return command


def _python(arguments: list[str], folder: Path, say: Callable[[str], None]) -> str:
    """Run this interpreter in the folder and return what it prints; `say` is called with every line."""
    environment = {**os.environ, "BENTOML_DO_NOT_TRACK": "true", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        say(lines[-1])
    if process.wait():
        last_lines = "\n".join(f"    {line}" for line in lines[-20:])
        program = arguments[0] if arguments[0] != "-m" else "bentoml build"
        raise BundleError(f"{program} in {folder} failed:\n{last_lines}")
    return "\n".join(lines)


def _tag(output: str) -> str:
    match = re.search(r"^__tag__:(\S+:\S+)$", output, re.MULTILINE)
    if match is None:
        raise BundleError(f"bentoml build printed no tag; it printed:\n{output[-2000:]}")
    return match.group(1)
