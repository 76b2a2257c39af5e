"""The spec: a declaration's arguments, checked whole.

arguments ──declare──▶ Declaration(spec, bundle, stack settings), or one error with every problem
"""

from modelberth_platform.spec.declaration import Declaration, declare
from modelberth_platform.spec.endpoint import EndpointSpec, ManagedEndpointSpec, SelfHostedEndpointSpec
from modelberth_platform.spec.problems import DeclarationError, Problem

__all__ = [
    "Declaration",
    "DeclarationError",
    "EndpointSpec",
    "ManagedEndpointSpec",
    "Problem",
    "SelfHostedEndpointSpec",
    "declare",
]
