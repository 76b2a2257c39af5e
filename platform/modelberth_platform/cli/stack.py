"""Reads the endpoints of a stack from its state."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer

from modelberth_platform.errors import UserError
from modelberth_platform.targets.registry import TARGETS
from modelberth_platform.targets.served import ServedEndpoint
from modelberth_platform.targets.target import Target

COMPONENT_TYPES = "modelberth:index:"
"""The beginning of the types of modelberth's components."""

StackOption = Annotated[
    str | None, typer.Option("--stack", help="The stack whose endpoints are meant, instead of those of this machine.")
]
Cwd = Annotated[Path, typer.Option("--cwd", help="The folder of the Pulumi program.")]


def endpoints(folder: Path, stack: str) -> list[ServedEndpoint]:
    """The endpoints of a stack.

    Raises:
        UserError: the stack cannot be read.
    """
    resources = json.loads(_pulumi(folder, "stack", "export", "--stack", stack))["deployment"].get("resources", [])
    config = json.loads(_pulumi(folder, "config", "--json", "--stack", stack))
    values = {key: value.get("value") for key, value in config.items()}
    components = [each for each in resources if each["type"].startswith(COMPONENT_TYPES)]
    served = (_served(component, _children(resources, component["urn"]), stack, values) for component in components)
    return [endpoint for endpoint in served if endpoint is not None]


def endpoint(folder: Path, stack: str, name: str | None) -> ServedEndpoint:
    """The endpoint of that name, or without a name the only one.

    Raises:
        UserError: there is none, or there are several.
    """
    candidates = endpoints(folder, stack)
    matches = [each for each in candidates if name in (None, each.name)]
    if len(matches) == 1:
        return matches[0]
    listed = ", ".join(each.name for each in candidates) or "none"
    problem = "say which endpoint" if name is None else f"no endpoint {name!r}"
    raise UserError(f"{problem} of stack {stack!r}; there is {listed}")


def _children(resources: list[dict[str, Any]], parent: str) -> dict[str, list[dict[str, Any]]]:
    """The outputs of the resources that have that parent, by type."""
    children = defaultdict(list)
    for resource in resources:
        if resource.get("parent") == parent:
            children[resource["type"]].append(dict(resource.get("outputs") or {}))
    return children


def _served(
    component: dict[str, Any], children: dict[str, list[dict[str, Any]]], stack: str, config: dict[str, Any]
) -> ServedEndpoint | None:
    """The endpoint of a component; None where the last child of its target was never created."""
    last_child = _last_child(children)
    if last_child is None:
        return None
    target, served = last_child
    _, project, _, name = component["urn"].split("::")  # urn:pulumi:STACK::PROJECT::TYPES::NAME
    return ServedEndpoint(
        name=name,
        project=project,
        stack=stack,
        target=target.name,
        inputs=component["inputs"],
        served=served,
        children=children,
        config=config,
    )


def _last_child(children: dict[str, list[dict[str, Any]]]) -> tuple[Target, dict[str, Any]] | None:
    """The target that one of the children is the last child of, and that child's outputs."""
    for target in TARGETS:
        for kind, (outputs, *_) in children.items():
            if kind.endswith(target.last_child) and outputs:
                return target, outputs
    return None


def _pulumi(folder: Path, *arguments: str) -> str:
    try:
        finished = subprocess.run(["pulumi", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UserError("the command pulumi is not on PATH; modelberth doctor says what is missing") from None
    if finished.returncode:
        raise UserError(f"pulumi {' '.join(arguments)} failed in {folder.resolve()}: {finished.stderr.strip()}")
    return finished.stdout
