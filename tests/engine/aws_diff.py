"""What differs between a resource's properties before and after, or from what AWS says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_calls import AwsType, Props, region
from plugin import UNKNOWN

ADD, DELETE, UPDATE = "ADD", "DELETE", "UPDATE"


def foreseen(kind: AwsType, inputs: Props) -> Props:
    """The outputs in a preview: the inputs, and the computed outputs as unknown."""
    unknown = dict.fromkeys([*kind.assigned, *kind.computed], UNKNOWN)
    return {**inputs, **unknown, "tagsAll": inputs.get("tags") or {}, "region": region()}


def changed_properties(before: Props, after: Props) -> set[str]:
    """The properties whose values differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} - {"__defaults"}


def drifted(kind: AwsType, inputs: Props, live: Mapping[str, Any]) -> Props:
    """The plain values that are different in AWS from the inputs, by property."""
    renames = {name: member for call in kind.create for name, member in call.renames.items()}
    live_values = {re.sub(r"[^a-z0-9]", "", name.lower()): value for name, value in live.items()}
    different: Props = {}
    for name, value in inputs.items():
        member = re.sub(r"[^a-z0-9]", "", renames.get(name, name).lower())
        if isinstance(value, (str, float, int, bool)) and member in live_values:
            actual = live_values[member]
            if isinstance(actual, (str, float, int, bool)) and as_json(actual) != as_json(value):
                different[name] = actual
    return different


def changes(path: str, before: Any, after: Any) -> Iterator[tuple[str, str]]:
    """The paths below which two values differ, each with whether it was added, deleted or updated."""
    before, after = as_json(before), as_json(after)
    if before == after or (not before and not after and before is not False and after is not False):
        return
    if isinstance(before, dict) and isinstance(after, dict) and "{" not in path:
        for key in sorted(before.keys() | after.keys()):
            yield from changes(
                f"{path}.{key}" if re.fullmatch(r"\w+", key) else f'{path}["{key}"]', before.get(key), after.get(key)
            )
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changes(f"{path}[{index}]", old, new)
    else:
        yield path, ADD if before is None else DELETE if after is None else UPDATE


def as_json(value: Any) -> Any:
    """JSON as its value, so that two spellings of a policy are one."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
