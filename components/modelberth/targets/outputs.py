"""What a target gives back, the same on all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

import pulumi


@dataclass(frozen=True, kw_only=True)
class TargetOutputs:
    """See the attributes of the same names on `modelberth.endpoint.Endpoint`."""

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
    """Lets a role, by its name, call the endpoint; None where the target has no identities."""
