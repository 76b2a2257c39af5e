"""Describes `.joblib` and `.pkl` files by the attributes of a fitted estimator, after judging what they import."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelberth_platform.modelfile.boosted import Boosted, boosted
from modelberth_platform.modelfile.business import PACKAGES, no_business_with
from modelberth_platform.modelfile.described import Described, Tensor
from modelberth_platform.modelfile.errors import ModelFileError
from modelberth_platform.modelfile.inspected import Stub, inspected, listed, scalar

_LABEL_TYPES = frozenset({"int", "float", "bool", "str"})


def describe_pickle(path: Path, *, trusted: bool) -> Described:
    """Describe a fitted estimator from its file; nothing in it is run.

    Args:
        path: a pickle or joblib file.
        trusted: whether the caller said `trust="pickle"`, which accepts whatever the file imports.

    Raises:
        ModelFileError: it is no pickle, imports what a model has no business with, or holds no estimator.
    """
    if zipfile.is_zipfile(path):
        raise ModelFileError(
            f"{path} is no pickle but a zip archive, as PyTorch writes; name it .pt if it is TorchScript"
        )
    content = inspected(path)
    if not trusted:
        _judge(path, content.imports)
    if not isinstance(content.root, Stub) or not content.root.name:
        raise ModelFileError(
            f"{path} holds no estimator but a {type(content.root).__name__}; save the fitted estimator itself"
        )
    return _described(path, content.root, {module for module, _ in content.imports})


def _judge(path: Path, imports: set[tuple[str, str]]) -> None:
    if refused := no_business_with(imports):
        listing = ", ".join(sorted(f"{module}.{name}" for module, name in refused))
        raise ModelFileError(
            f"{path} is refused: loading it would import {listing}, which a model has no business with. A pickle runs "
            "code when it is loaded. If the file is yours and the import is meant, say "
            'trust="pickle" (--trust pickle); a module of your own needs a Bento that has it. Safer formats are ONNX '
            "(skl2onnx) and skops"
        )


def _described(path: Path, root: Stub, modules: set[str]) -> Described:
    last, first = _last_step(root), _first_step(root)
    booster = boosted(last) or Boosted(None, None, None, classifier=False)
    classes = _first(root, last, "classes_") or last.attribute("_classes")
    labels = listed(classes) if classes is not None else None
    columns: Sequence[Any] | None = listed(_first(root, first, "feature_names_in_"))
    width = scalar(_first(root, first, "n_features_in_"))
    if columns is None and not isinstance(width, int) and first is last:
        columns, width = booster.columns, booster.width
    if columns is None and not isinstance(width, int):
        raise ModelFileError(
            f"{path} holds a {root.name} that does not say how many features it takes (n_features_in_); is it fitted? "
            "Write a Bento around it (modelberth new NAME shows one)"
        )
    rows = Tensor(
        name="rows",
        source="rows",
        dtype="float64",
        shape=None if columns else (-1, int(width)),
        columns=tuple(str(column) for column in columns) if columns else None,
    )
    classifier = classes is not None or booster.classifier
    return Described(
        kind="sklearn",
        what=_in_words(root),
        inputs=(rows,),
        outputs=(Tensor("label" if classifier else "value", "", "", (-1,)),),
        packages=_packages(root, modules, booster.version, tabular=columns is not None),
        label_type=_label_type(labels) if classes is not None else "int" if classifier else None,
    )


def _packages(root: Stub, modules: set[str], xgboost: str | None, *, tabular: bool) -> dict[str, str]:
    """The packages of the libraries that the file names, with the versions that wrote it if it says so."""
    named = {PACKAGES[module.partition(".")[0]] for module in modules if module.partition(".")[0] in PACKAGES}
    packages = dict.fromkeys(sorted(named | {"joblib", "numpy"} | ({"pandas"} if tabular else set())), "")
    version = next((stub.attribute("_sklearn_version") for stub in _estimators(root)), None)
    if {"xgboost", "lightgbm"} & packages.keys():
        packages.setdefault("scikit-learn", "")
    if xgboost is not None:
        packages["xgboost"] = xgboost
    if isinstance(version, str) and "scikit-learn" in packages:
        packages["scikit-learn"] = version
    return packages


def _estimators(root: Stub) -> list[Stub]:
    """Those that say what wrote them, of the estimator and the first and last one inside a pipeline or a search."""
    candidates = [root, _first_step(root), _last_step(root)]
    return [stub for stub in candidates if isinstance(stub.attribute("_sklearn_version"), str)]


def _steps(stub: Stub) -> list[Stub]:
    steps = stub.attribute("steps")
    return [step[1] for step in steps if isinstance(step, tuple) and isinstance(step[1], Stub)] if steps else []


def _first_step(stub: Stub) -> Stub:
    inner = stub.attribute("best_estimator_")
    if isinstance(inner, Stub):
        return _first_step(inner)
    steps = _steps(stub)
    return _first_step(steps[0]) if steps else stub


def _last_step(stub: Stub) -> Stub:
    inner = stub.attribute("best_estimator_")
    if isinstance(inner, Stub):
        return _last_step(inner)
    steps = _steps(stub)
    return _last_step(steps[-1]) if steps else stub


def _first(root: Stub, inner: Stub, name: str) -> Any:
    value = root.attribute(name)
    return value if value is not None else inner.attribute(name)


def _label_type(labels: list[Any] | None) -> str | None:
    """Python's name of the type of a classifier's labels; None where they are of several types or several outputs."""
    if not labels:
        return None
    kinds = {type(label).__name__ for label in labels}
    return kinds.pop() if len(kinds) == 1 and kinds <= _LABEL_TYPES else None


def _in_words(root: Stub) -> str:
    steps = [*_steps(root)]
    inside = f" of {', '.join(step.name for step in steps)}" if steps else ""
    return f"{'an' if root.name[0] in 'AEIO' else 'a'} {root.name}{inside}"
