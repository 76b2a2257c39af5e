"""What moves the alias from release to release, and what deletes functions that nobody knows."""

from __future__ import annotations

from typing import Any

import pulumi

from modelberth.targets.aws.alarms import Alarms
from modelberth.targets.aws.images import Images
from modelberth.targets.aws_lambda.front import Front
from modelberth.targets.aws_lambda.function import Function
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth.targets.names import own_tags
from modelberth_platform.declaration import Declaration
from modelberth_platform.targets.aws_lambda.names import ALIAS
from modelberth_platform.targets.aws_lambda.resources import LambdaFunctions, LambdaRelease


def declare_functions(component: pulumi.Resource, declaration: Declaration[Any]) -> LambdaFunctions:
    """Declared first of all: the engine starts its provider while AWS's is still starting."""
    return LambdaFunctions(
        f"{declaration.name}-functions",
        {"prefix": declaration.name, "tags": own_tags(declaration)},
        pulumi.ResourceOptions(parent=component),
    )


def declare_release(
    place: LambdaPlace, functions: LambdaFunctions, images: Images, function: Function, front: Front, alarms: Alarms
) -> LambdaRelease:
    """Declare it; its inputs carry the bundle's facts, since it is the last child that a release changes."""
    declaration, rollout = place.declaration, place.spec.effective_rollout
    return LambdaRelease(
        place.child("release"),
        {
            "name": place.endpoint_name,
            "prefix": declaration.name,
            "region": place.region,
            "function": function.name,
            "alias": ALIAS,
            "version": function.version,
            "base_url": front.base_url,
            "front": front.requests.recorded(),
            "repository": images.repository,
            "rollout": {
                "strategy": rollout.strategy,
                "percent": rollout.effective_percent,
                "bake_seconds": rollout.effective_bake_seconds,
            },
            "alarms": alarms.rollback,
            "keep_previous": rollout.keep_previous,
            "release": images.release,
            "bundle": declaration.facts.recorded() if declaration.facts else None,
            "mark": functions.mark,
        },
        # It moves requests, which the alarms must see; once it is there, the endpoint answers.
        place.opts(depends_on=[function.alias, *alarms.resources, *front.needs]),
    )
