"""Checking what a target's texts look like, in the arguments as they were given.

It needs no valid spec, so that a text of the wrong form is told in the same error as every other problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelberth_platform.spec.problems import Problem
from modelberth_platform.targets.target import Format


def misformed(formats: Mapping[str, Format], arguments: Mapping[str, Any]) -> list[Problem]:
    """A problem for each text that its format refuses; what is no text is not looked at.

    Args:
        formats: checks by the path of their field; `*` stands for any key or index.
        arguments: the component's arguments.
    """
    problems = []
    for pattern, check in formats.items():
        for path, value in _values(arguments, pattern.split("."), ()):
            try:
                if isinstance(value, str):
                    check(value)
            except ValueError as error:
                problems.append(Problem(path, str(error)))
    return problems


def _values(value: Any, pattern: Sequence[str], path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every value that the pattern leads to, with its path."""
    if not pattern:
        yield ".".join(path), value
        return
    head, rest = pattern[0], pattern[1:]
    if isinstance(value, Mapping):
        pieces = {str(key): inner for key, inner in value.items()}
    elif isinstance(value, Sequence) and not isinstance(value, str):
        pieces = {str(index): inner for index, inner in enumerate(value)}
    else:
        return
    for key in pieces if head == "*" else [head] if head in pieces else []:
        yield from _values(pieces[key], rest, (*path, key))
