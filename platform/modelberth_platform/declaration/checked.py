"""Checking a declaration against the target that it runs on, and against others that it shall run on one day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelberth_platform.declaration.settings import StackSettings
from modelberth_platform.spec import Problem
from modelberth_platform.targets.formats import misformed
from modelberth_platform.targets.registry import CLOUDS, TARGETS, target_named, target_of, targets_of
from modelberth_platform.targets.target import Candidate, Target


def problems_on(target: Target, arguments: Mapping[str, Any], candidate: Candidate | None) -> list[Problem]:
    """What the target would not take of a declaration.

    Args:
        target: the target.
        arguments: the component's, as they were given.
        candidate: the declaration; None where its fields have problems of their own, so that only texts are checked.
    """
    wrong_texts = misformed(target.formats, arguments)
    if candidate is None:
        return wrong_texts
    refused = target.support.problems(candidate.spec)
    return [*wrong_texts, *refused, *([] if wrong_texts else target.limits(candidate))]


def unserved(cloud: str, component: str, runtime: str | None) -> Problem:
    """That a cloud serves no such component yet, and what does."""
    wanted = _served(component, runtime)
    here = sorted({_served(target.component or "every component", target.runtime) for target in targets_of(cloud)})
    elsewhere = [target.cloud for target in TARGETS if target.serves(component, runtime)]
    text = (
        f"this version serves no {wanted} on {cloud}; {cloud} serves {', '.join(here)}, "
        f"and modelberth:cloud {', '.join(dict.fromkeys(elsewhere))} serves this one"
    )
    return Problem("modelberth:cloud" if runtime is None else "runtime", text)


def _served(component: str, runtime: str | None) -> str:
    return component if runtime is None else f"{component} with runtime {runtime!r}"


def refused_elsewhere(
    settings: StackSettings, own: Target, component: str, arguments: Mapping[str, Any], candidate: Candidate
) -> Iterator[tuple[str, list[Problem]]]:
    """What the clouds and targets that `modelberth:check_clouds` names would not take, each with how it is called.

    A cloud stands for the target that the component would run on there. The name of a target speaks of the components
    that the target serves.
    """
    runtime = getattr(candidate.spec, "runtime", None)
    for name in settings.check_clouds:
        is_cloud = name in CLOUDS
        target = target_of(name, component, runtime) if is_cloud else target_named(name)
        if target is None:
            yield f"with modelberth:cloud {name}", [unserved(name, component, runtime)]
        elif target is not own and target.serves(component, runtime):
            where = f"with modelberth:cloud {name}" if is_cloud else f"on {name}"
            yield where, problems_on(target, arguments, candidate)
