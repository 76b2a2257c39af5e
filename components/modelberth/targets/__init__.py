"""Targets: one file turns a declaration into the child resources of one target."""

import pulumi

from modelberth.targets.outputs import TargetOutputs
from modelberth_platform.spec import Declaration, EndpointSpec


def stand_up(component: pulumi.Resource, declaration: Declaration[EndpointSpec]) -> TargetOutputs:
    """Declare the children on the target that the stack's `modelberth:cloud` names."""
    match declaration.settings.cloud:
        case "local":
            from modelberth.targets import local

            return local.stand_up(component, declaration)
        case "aws":
            from modelberth.targets import sagemaker

            return sagemaker.stand_up(component, declaration)
        case cloud:  # the settings allow no other
            raise AssertionError(cloud)
