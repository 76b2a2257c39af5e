"""Imports point one way: modelberth → modelberth_platform → nothing of ours; modelberth_serving imports neither."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
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


SOURCES = [path for folder in ALLOWED for path in (ROOT / folder).rglob("*.py") if "template" not in path.parts]


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _graph() -> dict[str, set[str]]:
    """The modules that each module of ours imports, anywhere in it, but for what only a type checker reads."""
    modules = {_module(path): path for path in SOURCES}
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        names: set[str] = set()
        for node in _run(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                paths = [f"{node.module}.{alias.name}" for alias in node.names]
                names |= {path if path in modules else node.module for path in paths}
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
        graph[module] = {name for name in names if name in modules and name != module}
    return graph


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes outside of `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            yield node
            yield from _run(node)


def test_no_module_imports_its_way_back_to_itself() -> None:
    try:
        graphlib.TopologicalSorter(_graph()).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" ← ".join(error.args[1]))


LAYERS = [
    {"errors", "paths", "checks", "planned"},
    {"bundle", "runtime", "modelfile"},
    {"image", "spec", "client", "providers"},
    {"aws"},
    {"targets"},
    {"declaration", "connect", "local", "sagemaker"},
    {"dry_run", "cli"},
]
"""The packages of modelberth_platform: one imports from its own layer and from those before it."""


def test_a_package_imports_from_no_later_layer() -> None:
    layer_of = {package: number for number, layer in enumerate(LAYERS) for package in layer}
    for module, imported in _graph().items():
        if module.startswith("modelberth_platform."):
            here = layer_of[module.split(".")[1]]
            for name in imported - {"modelberth_platform"}:
                assert layer_of[name.split(".")[1]] <= here, f"{module} imports {name}"


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
