"""Imports point one way: modelberth → modelberth_platform → nothing of ours; modelberth_serving imports neither."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

ALLOWED = {
    "components/modelberth": {"modelberth", "modelberth_platform"},
    "platform/modelberth_platform": {"modelberth_platform"},
    "platform/modelberth_serving": {"modelberth_serving"},
}


def _imported(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in _modules_imported(path)}


def _modules_imported(path: Path) -> set[str]:
    """The modules that a file imports, and what it imports from them, which may be modules too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("folder", ALLOWED)
def test_imports_point_one_way(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*.py") if "template" not in path.parts]
    assert files
    ours = {"modelberth", "modelberth_platform", "modelberth_serving"}
    for path in files:
        assert _imported(path) & ours <= ALLOWED[folder], path


def test_no_circle_inside_of_the_serving_runtime() -> None:
    """Imports inside of functions count: there they make a start quick and must not hide a circle."""
    root = ROOT / "platform"
    paths = [path.relative_to(root) for path in (root / "modelberth_serving").rglob("*.py")]
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): root / path for path in paths}
    imports = {name: _modules_imported(path) & (modules.keys() - {name}) for name, path in modules.items()}
    assert "modelberth_serving.errors" in imports["modelberth_serving.settings"]
    TopologicalSorter(imports).prepare()  # raises CycleError


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
