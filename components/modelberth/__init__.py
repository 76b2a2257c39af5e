"""modelberth: model services as Pulumi components.

    import pulumi
    from modelberth import ManagedEndpoint

    endpoint = ManagedEndpoint("digits", bundle="digits", api="classify")
    pulumi.export("url", endpoint.url)

Where it runs is decided by the stack's configuration (`modelberth:cloud`), never by the program.
"""

from typing import TYPE_CHECKING, Any

from modelberth.arguments import ManagedEndpointArgs, SelfHostedEndpointArgs
from modelberth.parts import (
    AlarmsArgs,
    AsynchronousArgs,
    CaptureArgs,
    CorsArgs,
    JwtAccessArgs,
    JwtArgs,
    NetworkArgs,
    PublicAccessArgs,
    PublicArgs,
    RolloutArgs,
    ScalingArgs,
    ServerlessArgs,
    ShadowArgs,
    ThrottleArgs,
    VariantArgs,
)

if TYPE_CHECKING:
    from modelberth.managed_endpoint import ManagedEndpoint
    from modelberth.self_hosted_endpoint import SelfHostedEndpoint
    from modelberth_platform.client.base import Client, PredictionError
    from modelberth_platform.connect import client
    from modelberth_platform.spec import DeclarationError

__all__ = [
    "AlarmsArgs",
    "AsynchronousArgs",
    "CaptureArgs",
    "Client",
    "CorsArgs",
    "DeclarationError",
    "JwtAccessArgs",
    "JwtArgs",
    "ManagedEndpoint",
    "ManagedEndpointArgs",
    "NetworkArgs",
    "PredictionError",
    "PublicAccessArgs",
    "PublicArgs",
    "RolloutArgs",
    "ScalingArgs",
    "SelfHostedEndpoint",
    "SelfHostedEndpointArgs",
    "ServerlessArgs",
    "ShadowArgs",
    "ThrottleArgs",
    "VariantArgs",
    "client",
]

_WHERE = {
    "Client": "modelberth_platform.client.base",
    "PredictionError": "modelberth_platform.client.base",
    "client": "modelberth_platform.connect",
    "ManagedEndpoint": "modelberth.managed_endpoint",
    "SelfHostedEndpoint": "modelberth.self_hosted_endpoint",
    "DeclarationError": "modelberth_platform.spec",
}


def __getattr__(name: str) -> Any:
    """Import on first use: a program that only calls an endpoint needs no Pulumi, a declaration no HTTP client."""
    if name not in _WHERE:
        raise AttributeError(f"module 'modelberth' has no attribute {name!r}")
    from importlib import import_module

    from modelberth.uncollected import uncollected

    with uncollected():
        value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value
