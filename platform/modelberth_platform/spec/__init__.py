"""Checks the arguments of a component one by one, in the same way on every target.

What a target does with them is in the target's own folder below `modelberth_platform.targets`.
"""

from modelberth_platform.spec.endpoint import EndpointSpec, ManagedEndpointSpec, SelfHostedEndpointSpec
from modelberth_platform.spec.problems import DeclarationError, Problem

__all__ = ["DeclarationError", "EndpointSpec", "ManagedEndpointSpec", "Problem", "SelfHostedEndpointSpec"]
