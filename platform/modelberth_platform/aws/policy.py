"""IAM policies that are put together from many statements: merged, in order, and the same for the same statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Statement = Mapping[str, Any]

MANAGED_CHARACTERS, INLINE_CHARACTERS = 6_144, 10_240
"""What a managed policy, and all inline policies of a role, may have, without whitespace
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


def allow(name: str, service: str, actions: str, *resources: str, **condition: Mapping[str, Any]) -> dict[str, Any]:
    """A statement that allows actions of one service.

    Args:
        name: its `Sid`; statements with the same one are merged.
        service: the prefix of the actions.
        actions: their names, between blanks.
        resources: ARNs or patterns of them.
        condition: operators, each with its keys and values.
    """
    qualified = [f"{service}:{action}" for action in actions.split()]
    statement = {"Sid": name, "Effect": "Allow", "Action": qualified, "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """One policy that allows what all the statements allow, and nothing else.

    Statements of the same name are merged where that widens nothing: the actions of one resource, then the resources
    with the same actions. Those that are left beside each other are numbered.
    """
    actions: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for statement in statements:
        condition = json.dumps(statement.get("Condition", {}), sort_keys=True)
        for resource in statement["Resource"]:
            actions[statement["Sid"], condition][resource] |= set(statement["Action"])
    merged = []
    for (name, condition), of_resource in sorted(actions.items()):
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for resource, allowed in sorted(of_resource.items()):
            alike[tuple(sorted(allowed))].append(resource)
        merged += [(name, list(allowed), resources, json.loads(condition)) for allowed, resources in alike.items()]
    return {"Version": "2012-10-17", "Statement": list(_numbered(merged))}


def characters(policy: Mapping[str, Any]) -> int:
    """The size of a policy as IAM counts it."""
    return len(json.dumps(policy, separators=(",", ":")))


def _numbered(merged: list[tuple[str, list[str], list[str], dict[str, Any]]]) -> Iterable[dict[str, Any]]:
    seen: dict[str, int] = defaultdict(int)
    for name, actions, resources, condition in merged:
        seen[name] += 1
        sid = name if seen[name] == 1 else f"{name}{seen[name]}"
        statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
        yield {**statement, "Condition": condition} if condition else statement
