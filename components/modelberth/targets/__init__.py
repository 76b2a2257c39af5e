"""Targets: one file turns a declaration into the child resources of one target."""

from collections.abc import Iterator
from contextlib import contextmanager

import pulumi

from modelberth.targets.outputs import TargetOutputs
from modelberth_platform.spec import Declaration, DeclarationError, EndpointSpec, Problem


def stand_up(component: pulumi.Resource, declaration: Declaration[EndpointSpec]) -> TargetOutputs:
    """Declare the children on the target that the stack's `modelberth:cloud` names."""
    match declaration.settings.cloud:
        case "local":
            from modelberth.targets import local

            return local.stand_up(component, declaration)
        case "aws":
            with _packages(declaration, "aws"):
                from modelberth.targets import sagemaker

            return sagemaker.stand_up(component, declaration)
        case cloud:  # the settings allow no other
            raise AssertionError(cloud)


@contextmanager
def _packages(declaration: Declaration[EndpointSpec], extra: str) -> Iterator[None]:
    """The import of a cloud's target: its provider packages come with an extra, which a laptop has no use for."""
    try:
        yield
    except ModuleNotFoundError as error:
        text = f"needs the package {error.name}, which is not installed here: uv add 'modelberth[{extra}]'"
        problem = Problem(f"modelberth:cloud {extra}", text)
        raise DeclarationError(declaration.kind, declaration.name, [problem]) from None
