"""The spec: the arguments of a component, checked one by one, the same on every target.

What a target does with them is the target's own (`modelberth_platform.targets`).
"""

from modelberth_platform.spec.endpoint import EndpointSpec, ManagedEndpointSpec, SelfHostedEndpointSpec
from modelberth_platform.spec.problems import DeclarationError, Problem

__all__ = ["DeclarationError", "EndpointSpec", "ManagedEndpointSpec", "Problem", "SelfHostedEndpointSpec"]
