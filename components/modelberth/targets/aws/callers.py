"""Who may call an endpoint: exactly that, on exactly this endpoint.

A role of this account gets a policy of its own. Others assume a role made for them, where the endpoint's service knows
no policies on endpoints.
"""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place
from modelberth.targets.aws.statements import Statement, document


class Callers:
    """The callers of one endpoint.

    Attributes:
        invoker_role_arn: the role that callers outside of this account assume; None where `callers` names none.
    """

    def __init__(self, place: Place[Any], invoke: list[Statement]) -> None:
        """Args:
        place: where the endpoint stands.
        invoke: the statements of a policy that allow a call.
        """
        self._place, self._invoke = place, invoke
        self.invoker_role_arn: pulumi.Input[str] | None = None

    def grant(self, role: pulumi.Input[str], label: str) -> None:
        """Let a role of this account call the endpoint, by its name; `label` ends the child's name."""
        place = self._place
        aws.iam.RolePolicy(
            place.child(f"invoke-{label}"),
            role=role,
            policy=pulumi.Output.json_dumps(document(self._invoke)),
            opts=place.opts(),
        )

    def declare_callers(self) -> None:
        """Let the declared `callers` call the endpoint."""
        strangers = []
        for caller in self._place.spec.callers:
            if caller.startswith(self._place.arn("iam", "role/", regional=False)):
                name = caller.rpartition("/")[2]
                self.grant(name, name)
            else:
                strangers.append(caller)
        if strangers:
            self._declare_invoker(strangers)

    def _declare_invoker(self, callers: list[str]) -> None:
        place = self._place
        role = aws.iam.Role(
            place.child("invoker"),
            description=f"calls {place.endpoint_name} for others",
            assume_role_policy=pulumi.Output.json_dumps(document(self._trusted(callers))),
            tags=place.tags(),
            opts=place.opts(),
        )
        self.grant(role.name, "invoker")
        self.invoker_role_arn = role.arn

    def _trusted(self, callers: list[str]) -> list[Statement]:
        services = sorted(caller for caller in callers if "." in caller and not caller.startswith("arn:"))
        accounts = sorted({caller for caller in callers if caller.isdigit()})
        roots = [f"arn:{self._place.partition}:iam::{account}:root" for account in accounts]
        principals = sorted({*roots, *(caller for caller in callers if caller.startswith("arn:"))})
        assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        own = {"StringEquals": {"aws:SourceAccount": self._place.account}}
        return [
            *([{**assume, "Principal": {"AWS": principals}}] if principals else []),
            *([{**assume, "Principal": {"Service": services}, "Condition": own}] if services else []),
        ]
