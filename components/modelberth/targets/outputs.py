"""The outputs that every target gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

import pulumi


@dataclass(frozen=True, kw_only=True)
class TargetOutputs:
    """The outputs of a target; `modelberth.endpoint.Endpoint` describes those that it has under the same names."""

    url: pulumi.Input[str]
    base_url: pulumi.Input[Optional[str]]
    endpoint_name: pulumi.Input[str]
    arn: pulumi.Input[Optional[str]] = None
    role_arn: pulumi.Input[Optional[str]] = None
    release: pulumi.Input[str]
    logs_url: pulumi.Input[Optional[str]] = None
    dashboard_url: pulumi.Input[Optional[str]] = None
    invoker_role_arn: pulumi.Input[Optional[str]] = None
    grant_invoke: Optional[Callable[[pulumi.Input[str], str], None]] = None
    """The function that lets a role call the endpoint, given the role's name and the end of the name of the child that
    it declares; None where the target has no identities."""
