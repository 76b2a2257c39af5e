"""What deletes an endpoint's models and configurations in the end; they are retained one by one."""

from __future__ import annotations

from typing import Any

import pulumi

from modelberth.targets.names import own_tags
from modelberth_platform.declaration import Declaration
from modelberth_platform.targets.sagemaker.resources import SageMakerReleases


def declare_releases(component: pulumi.Resource, declaration: Declaration[Any]) -> SageMakerReleases:
    """Declared first of all: the engine starts its provider while AWS's is still starting."""
    return SageMakerReleases(
        f"{declaration.name}-releases",
        {"prefix": f"{declaration.name}-", "tags": own_tags(declaration)},
        pulumi.ResourceOptions(parent=component),
    )
