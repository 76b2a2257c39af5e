"""What a target does with each field of a declaration, so that no field is silently ignored.

A field is honoured, recorded (another target honours it; one info line names it when it is given) or refused. A target
says what it does otherwise than all targets do; nested fields are written with a dot, such as `scaling.min`, and one
that is not named goes with its part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pydantic import BaseModel

from modelberth_platform.spec.problems import Problem


class Degree(Enum):
    """How far a target supports a field."""

    HONOURED = "honoured"
    RECORDED = "recorded"
    REFUSED = "refused"


@dataclass(frozen=True)
class Refusal:
    """Why a target refuses a field, and what comes nearest on it."""

    reason: str
    nearest: str

    def __str__(self) -> str:
        return f"{self.reason}; {self.nearest}"


COMMON = frozenset({"bundle", "trust", "api", "env", "secrets", "tags", "timeout_seconds", "endpoint_name"})
"""The fields that every target honours."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """What one target does beyond, or otherwise than, honouring `COMMON`.

    Attributes:
        honoured: the fields that it honours.
        recorded: the fields that it only records.
        refused: the fields that it refuses, each with why.
    """

    honoured: frozenset[str] = frozenset()
    recorded: frozenset[str] = frozenset()
    refused: Mapping[str, Refusal] = field(default_factory=dict)

    def of(self, path: str) -> Degree:
        """How far the field is supported.

        Raises:
            KeyError: nobody has said what the target does with it.
        """
        for name in dict.fromkeys((path, path.partition(".")[0])):
            if name in self.refused:
                return Degree.REFUSED
            if name in self.recorded:
                return Degree.RECORDED
            if name in self.honoured or name in COMMON:
                return Degree.HONOURED
        raise KeyError(path)

    @property
    def named(self) -> frozenset[str]:
        """The fields that it says something about."""
        return self.honoured | self.recorded | self.refused.keys()

    def why(self, path: str) -> Refusal:
        """Why the field is refused."""
        return self.refused[path] if path in self.refused else self.refused[path.partition(".")[0]]

    def problems(self, spec: BaseModel) -> list[Problem]:
        """One for each field of the spec that was given and is refused."""
        return [Problem(path, str(self.why(path))) for path in self._given(spec) if self.of(path) is Degree.REFUSED]

    def without_effect(self, spec: BaseModel) -> list[str]:
        """The fields of the spec that were given and are only recorded, in alphabetical order."""
        return sorted({path for path in self._given(spec) if self.of(path) is Degree.RECORDED})

    def _given(self, spec: BaseModel) -> Iterator[str]:
        """The fields that the caller gave; of a part whose pieces are supported differently, each piece."""
        for name in spec.model_fields_set:
            value: Any = getattr(spec, name)
            in_pieces = any(path.startswith(f"{name}.") for path in self.named)
            if in_pieces and isinstance(value, BaseModel):
                yield from (f"{name}.{piece}" for piece in value.model_fields_set)
            else:
                yield name
