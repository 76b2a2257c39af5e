"""The team's defaults: what each of its endpoints gets, and what a caller may still change."""

from typing import Unpack

from modelberth import ManagedEndpoint, ManagedEndpointArgs


def endpoint(name: str, **arguments: Unpack[ManagedEndpointArgs]) -> ManagedEndpoint:
    """A `ManagedEndpoint` with the team's defaults; every argument given here wins over them."""
    defaults: ManagedEndpointArgs = {
        "bundle": name,
        "scaling": {"min": 1, "max": 4},
        "alarms": {"owner": "diagnostics", "error_rate_percent": 1},
    }
    tags = {"team": "diagnostics", **arguments.pop("tags", {})}
    return ManagedEndpoint(name, **{**defaults, **arguments, "tags": tags})
