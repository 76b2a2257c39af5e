"""Says what is wrong with a declaration, all of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from modelberth_platform.errors import UserError

_CONFIDENTIAL = frozenset({"env", "secrets"})
"""Fields whose values are never repeated in a message."""


@dataclass(frozen=True)
class Problem:
    """One problem of a declaration.

    Attributes:
        field: the path of the argument, such as `scaling.min`.
        text: what is wrong, what is allowed and what to do, in words that read on from the path.
    """

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


def limit(field: str, reason: str, nearest: str, source: str) -> Problem:
    """The problem that a target cannot do what a field asks for.

    Args:
        field: the path of the argument.
        reason: why the target cannot do it.
        nearest: what comes nearest to it on that target.
        source: the URL of the page that says so.
    """
    return Problem(field, f"{reason}; {nearest} ({source})")


class DeclarationError(UserError, pulumi.RunError):
    """A declaration cannot be stood up. Pulumi prints the message without a traceback.

    Attributes:
        name: the component's name.
        problems: all problems of the declaration.
    """

    def __init__(self, kind: str, name: str, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"{kind} {name!r} has {count} in its declaration:{lines}")


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """The problems that pydantic found, in other words where its own would not help."""
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
    if not message.split()[0].isupper() and "_" not in message.split()[0]:  # a variable's name stays as it is
        message = message[0].lower() + message[1:]
    if kind == "value_error":
        return message
    value_text = type(value).__name__ if details["loc"] and details["loc"][0] in _CONFIDENTIAL else repr(value)
    return f"{message}; got {value_text}"


def _unknown(name: str, known: Collection[str]) -> str:
    similar = difflib.get_close_matches(name, known, n=1)
    if similar:
        return f"no such argument; did you mean {similar[0]}?"
    return f"no such argument; there are {', '.join(sorted(known))}"


def _fields_at(model: type[BaseModel], path: Sequence[Any]) -> Collection[str]:
    """The field names of the (nested) model at `path`; the keys of a dict of models are passed over."""
    for part in path:
        field = model.model_fields.get(str(part))
        nested = _model_in(field.annotation) if field else None
        model = nested or model
    return model.model_fields.keys()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in getattr(annotation, "__args__", ()) if (model := _model_in(part))), None)
