"""An endpoint as the state of its stack has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ServedEndpoint:
    """An endpoint of a stack.

    Attributes:
        name: the component's name.
        project: of the Pulumi program.
        stack: the stack's name.
        target: the name of the target that it runs on.
        inputs: what the component records; after a failed update that is more than what serves.
        served: what the state of the target's last child says of what serves.
        children: the outputs of the component's children, by type.
        config: the stack's configuration, by key.
    """

    name: str
    project: str
    stack: str
    target: str
    inputs: Mapping[str, Any]
    served: Mapping[str, Any]
    children: Mapping[str, list[dict[str, Any]]]
    config: Mapping[str, Any]

    @property
    def full_name(self) -> str:
        """`PROJECT/STACK/NAME`."""
        return f"{self.project}/{self.stack}/{self.name}"

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
