"""What is wrong with a declaration, all of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from modelberth_platform.errors import UserError

_UNSAID = frozenset({"env", "secrets"})
"""Fields whose values are never repeated in a message."""


@dataclass(frozen=True)
class Problem:
    """One problem: where, and what is wrong, allowed, and to be done."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


def limit(field: str, reason: str, nearest: str, source: str) -> Problem:
    """A problem with what a target cannot do: why, what comes nearest on it, and the page that says so."""
    return Problem(field, f"{reason}; {nearest} ({source})")


class DeclarationError(UserError, pulumi.RunError):
    """A declaration that cannot be stood up. Pulumi prints its message without a traceback.

    Attributes:
        name: the component's.
        problems: each of them.
    """

    def __init__(self, kind: str, name: str, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"{kind} {name!r} has {count} in its declaration:{lines}")


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """The problems pydantic found, in our words where its own would not help."""
    return [Problem(_path(details), _text(details, model)) for details in error.errors(include_url=False)]


def _path(details: ErrorDetails) -> str:
    return ".".join(str(part) for part in details["loc"] if part != "[key]") or "arguments"


def _text(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind, value = details["type"], details["input"]
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return _unknown(str(details["loc"][-1]), _fields_at(model, details["loc"][:-1]))
    if isinstance(value, pulumi.Output):
        return (
            "is an Output, whose value is known only while the stack is being updated, but it decides what is created; "
            "give a plain value, for example from pulumi.Config().get(...)"
        )
    message = details["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if kind == "value_error":
        return message
    shown = type(value).__name__ if details["loc"] and details["loc"][0] in _UNSAID else repr(value)
    return f"{message}; got {shown}"


def _unknown(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"no such argument; did you mean {near[0]}?"
    return f"no such argument; there are {', '.join(sorted(known))}"


def _fields_at(model: type[BaseModel], path: Sequence[Any]) -> Collection[str]:
    """The field names of the (nested) model at `path`."""
    for part in path:
        field = model.model_fields.get(str(part))
        nested = _model_in(field.annotation) if field else None
        if nested is None:
            return ()
        model = nested
    return model.model_fields.keys()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_in(part))), None)
