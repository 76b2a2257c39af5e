"""Who may call the endpoint: exactly that, on exactly this endpoint.

SageMaker has no policies on endpoints: a role of this account gets a policy of its own; others assume a role made for
them (https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_service-with-iam.html).
"""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.sagemaker.place import Place
from modelberth.targets.sagemaker.role import document


class Access:
    """The callers of one endpoint.

    Attributes:
        invoker_role_arn: the role that callers outside of this account assume; None where there are none.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.invoker_role_arn: pulumi.Input[str] | None = None

    def grant(self, role: pulumi.Input[str], label: str) -> None:
        """Let a role of this account call the endpoint, by its name; `label` ends the child's name."""
        place = self._place
        aws.iam.RolePolicy(
            place.child(f"invoke-{label}"),
            role=role,
            policy=pulumi.Output.json_dumps(document([self._invoke()])),
            opts=place.opts(),
        )

    def declare_callers(self) -> None:
        """The declared `callers`."""
        others = []
        for caller in self._place.spec.callers:
            if caller.startswith(self._place.arn("iam", "role/", regional=False)):
                name = caller.rpartition("/")[2]
                self.grant(name, name)
            else:
                others.append(caller)
        if others:
            self._declare_invoker(others)

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

    def _invoke(self) -> dict[str, Any]:
        facts, queued = self._place.declaration.facts, self._place.spec.kind == "asynchronous"
        streams = facts is not None and any(api.streaming for api in facts.apis)
        actions = ["sagemaker:InvokeEndpointAsync" if queued else "sagemaker:InvokeEndpoint"]
        actions += ["sagemaker:InvokeEndpointWithResponseStream"] if streams and not queued else []
        return {"Sid": "Invoke", "Effect": "Allow", "Action": actions, "Resource": self._place.endpoint_arn}

    def _trusted(self, callers: list[str]) -> list[dict[str, Any]]:
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
