"""What a target gives back, the same on all of them."""

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
