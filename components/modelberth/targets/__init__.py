"""Targets: what turns a declaration into child resources, a module or folder for each, by the target's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pulumi

from modelberth.targets.outputs import TargetOutputs
from modelberth_platform.declaration import Declaration
from modelberth_platform.spec import DeclarationError, Problem


def stand_up(component: pulumi.Resource, declaration: Declaration[Any]) -> TargetOutputs:
    """Declare the children on the declaration's target."""
    with _packages(declaration):
        module = import_module(f"modelberth.targets.{declaration.target.name}")
    outputs: TargetOutputs = module.stand_up(component, declaration)
    return outputs


@contextmanager
def _packages(declaration: Declaration[Any]) -> Iterator[None]:
    """The import of a target: its provider packages come with an extra, which a laptop has no use for."""
    try:
        yield
    except ModuleNotFoundError as error:
        extra = declaration.target.extra
        if extra is None:
            raise
        text = f"needs the package {error.name}, which is not installed here: uv add 'modelberth[{extra}]'"
        problem = Problem(f"modelberth:cloud {declaration.settings.cloud}", text)
        raise DeclarationError(declaration.kind, declaration.name, [problem]) from None
