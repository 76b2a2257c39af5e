"""The endpoints of a stack, as its state has them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from modelberth_platform.errors import UserError
from modelberth_platform.sagemaker.names import invocation_url

StackOption = Annotated[
    str | None, typer.Option("--stack", help="Of the endpoints of this stack, instead of the machine.")
]
Cwd = Annotated[Path, typer.Option("--cwd", help="The folder of the Pulumi program.")]


@dataclass(frozen=True)
class StackEndpoint:
    """An endpoint by its component's state.

    Attributes:
        name: the component's name.
        project: of the Pulumi program.
        stack: its stack.
        inputs: what the component records.
        served: what the last child records of what serves; after a failed update the component claims more.
        aws: the stack's `aws:` configuration.
    """

    name: str
    project: str
    stack: str
    inputs: dict[str, Any]
    served: dict[str, Any]
    aws: dict[str, Any]

    @property
    def cloud(self) -> str:
        """Where it runs."""
        return str(self.inputs["cloud"])

    @property
    def full_name(self) -> str:
        """`PROJECT/STACK/NAME`."""
        return f"{self.project}/{self.stack}/{self.name}"

    @property
    def endpoint_name(self) -> str:
        """Its physical name."""
        return str(self.served["name"])

    @property
    def region(self) -> str:
        """Of AWS."""
        return str(self.served["region"])

    @property
    def url(self) -> str:
        """Where its declared API is called. After a failed update the component has no outputs, and the child has."""
        if self.cloud == "local":
            return f"http://127.0.0.1:{int(self.served['port'])}/invocations"
        return invocation_url(self.endpoint_name, self.region, self.served["arn"], self.served["kind"])

    @property
    def bundle(self) -> dict[str, Any]:
        """The facts of the bundle that serves; where an image was given, its name and digest."""
        image = str(self.inputs.get("image", "")).partition("@")[0].rpartition("/")[2]
        return dict(self.served.get("bundle") or {"name": image, "version": "", "digest": self.served["release"]})

    @property
    def wanted(self) -> str:
        """The digest of the bundle or image that was deployed last, whether it serves or not."""
        bundle = self.inputs.get("bundle")
        return str(bundle["digest"] if bundle else self.inputs["image"].partition("@")[2])


def endpoints(folder: Path, stack: str) -> list[StackEndpoint]:
    """The endpoints of a stack.

    Raises:
        UserError: the stack cannot be read.
    """
    resources = json.loads(_pulumi(folder, "stack", "export", "--stack", stack))["deployment"].get("resources", [])
    config = json.loads(_pulumi(folder, "config", "--json", "--stack", stack))
    aws = {key.removeprefix("aws:"): value.get("value") for key, value in config.items() if key.startswith("aws:")}
    found = []
    for resource in resources:
        served = _last_child(resources, resource["urn"])
        if resource["type"].startswith("modelberth:index:") and served:
            _, project, _, name = resource["urn"].split("::")  # urn:pulumi:STACK::PROJECT::TYPES::NAME
            found.append(
                StackEndpoint(
                    name=name,
                    project=project,
                    stack=stack,
                    inputs=resource["inputs"],
                    served=served,
                    aws=aws,
                )
            )
    return found


def endpoint(folder: Path, stack: str, name: str | None) -> StackEndpoint:
    """The endpoint of that name, or the only one.

    Raises:
        UserError: there is none, or several.
    """
    there = endpoints(folder, stack)
    found = [each for each in there if name in (None, each.name)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(each.name for each in there) or "none"
    asked = "say which endpoint" if name is None else f"no endpoint {name!r}"
    raise UserError(f"{asked} of stack {stack!r}; there is {listed}")


def _last_child(resources: list[dict[str, Any]], parent: str) -> dict[str, Any]:
    kinds = ("modelberth:SageMakerEndpoint", "modelberth:Server")
    for resource in resources:
        if resource.get("parent") == parent and resource["type"].endswith(kinds):
            return dict(resource.get("outputs") or {})
    return {}


def _pulumi(folder: Path, *arguments: str) -> str:
    try:
        result = subprocess.run(["pulumi", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UserError("the command pulumi is not on PATH; modelberth doctor says what is missing") from None
    if result.returncode:
        raise UserError(f"pulumi {' '.join(arguments)} failed in {folder.resolve()}: {result.stderr.strip()}")
    return result.stdout
