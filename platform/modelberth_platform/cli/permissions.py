"""What `modelberth check --permissions` prints: the least policy of whoever runs `pulumi up`, `refresh`, `destroy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from modelberth_platform.aws.policy import INLINE_CHARACTERS, MANAGED_CHARACTERS, characters, document
from modelberth_platform.cli.console import errors, print_json
from modelberth_platform.planned import PlannedEndpoint
from modelberth_platform.targets.registry import target_named


def print_permissions(program: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Print the policy alone to standard output; what is to be said of it goes to standard error.

    Args:
        program: what the dry run told.
        config: the stack's configuration.

    Raises:
        UserError: an endpoint has a child that its target knows no permissions for.
        typer.Exit: with 1, a declaration cannot be stood up, or there is none.
    """
    problems = program["problems"] or ([] if program["endpoints"] else ["the program declares no endpoint"])
    if problems:
        for problem in problems:
            errors.print(problem, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1)
    statements = []
    for endpoint in program["endpoints"]:
        target = target_named(endpoint["recorded"]["target"])
        statements += target.permissions(PlannedEndpoint.read(endpoint), config)
    policy = document(statements)
    print_json(policy)
    if remark := _remark(policy):
        errors.print(remark, style="dim", markup=False, soft_wrap=True)


def _remark(policy: Mapping[str, Any]) -> str | None:
    size = characters(policy)
    if not policy["Statement"]:
        return "the targets of this stack ask nobody for permission"
    if size <= MANAGED_CHARACTERS:
        return None
    too_large = f"the policy has {size:,} characters, and a managed policy takes {MANAGED_CHARACTERS:,}"
    if size <= INLINE_CHARACTERS:
        return f"{too_large}: put it into the deployer's role itself, which takes {INLINE_CHARACTERS:,}"
    return f"{too_large}, a role itself {INLINE_CHARACTERS:,}: share its statements out to several managed policies"
