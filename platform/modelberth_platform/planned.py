"""What a dry run knows of an endpoint that is not stood up yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNKNOWN = "*"
"""Stands for a name that only a deployment gives, in names and in patterns of them."""


def autoname(name: str) -> str:
    """The pattern of the physical name that Pulumi gives to a resource whose program gives it none
    (https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming)."""
    return f"{name}-{UNKNOWN}"


@dataclass(frozen=True)
class Child:
    """A child resource.

    Attributes:
        type: such as `aws:iam/role:Role`.
        name: in the program.
        inputs: without secrets, with `*` for what is not known yet.
    """

    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def named(self, key: str = "name") -> str:
        """Its physical name, which that input gives, or the pattern of it."""
        return self.text(key) or autoname(self.name)

    def refers(self, key: str) -> str:
        """What an input names; `*` where that is not known, or not given."""
        return self.text(key) or UNKNOWN

    def text(self, key: str) -> str | None:
        """An input that is a text, `*` for one that is not known yet; None where it is not given, or is no text."""
        value = self.inputs.get(key)
        return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class PlannedEndpoint:
    """An endpoint.

    Attributes:
        name: the component's.
        recorded: what the component records.
        children: its child resources.
    """

    name: str
    recorded: Mapping[str, Any]
    children: tuple[Child, ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> PlannedEndpoint:
        """One of a dry run's `endpoints`."""
        return cls(told["name"], told["recorded"], tuple(Child(**child) for child in told["children"]))
