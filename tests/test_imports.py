"""Imports point one way: modelberth → modelberth_platform → nothing of ours; modelberth_serving imports neither."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import ROOT

ALLOWED = {
    "components/modelberth": {"modelberth", "modelberth_platform"},
    "platform/modelberth_platform": {"modelberth_platform"},
    "platform/modelberth_serving": {"modelberth_serving"},
}


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("folder", ALLOWED)
def test_imports_point_one_way(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*.py") if "template" not in path.parts]
    assert files
    ours = {"modelberth", "modelberth_platform", "modelberth_serving"}
    for path in files:
        assert _imported(path) & ours <= ALLOWED[folder], path


def test_the_serving_runtime_is_python_3_9() -> None:
    for path in (ROOT / "platform/modelberth_serving").rglob("*.py"):
        tree = ast.parse(path.read_text(), feature_version=(3, 9))
        future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        assert future or not _annotates(tree), f"{path} annotates types in 3.10's syntax without the future import"


def _annotates(tree: ast.Module) -> bool:
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.AnnAssign)) for node in ast.walk(tree))


@pytest.mark.parametrize("root", ["platform", "components"])
def test_source_roots_are_no_packages(root: str) -> None:
    assert not (ROOT / root / "__init__.py").exists(), "it would shadow the standard library's platform"
