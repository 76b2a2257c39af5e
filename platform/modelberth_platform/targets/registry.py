"""The targets of this version, and which of them a declaration runs on."""

from __future__ import annotations

from importlib import import_module

from modelberth_platform.targets.target import Target

_NAMES = (
    "local",
    "sagemaker",
    "aws_lambda",
)
"""One line a target: the name of its folder here and among the components' targets."""

TARGETS: tuple[Target, ...] = tuple(
    import_module(f"modelberth_platform.targets.{name}.target").TARGET for name in _NAMES
)
CLOUDS = tuple(dict.fromkeys(target.cloud for target in TARGETS))
"""The values of `modelberth:cloud` that this version serves."""
PLANNED_CLOUDS = ("gcp", "azure")


def target_of(cloud: str, component: str, runtime: str | None) -> Target | None:
    """The target that a component runs on; None where the cloud serves no such component yet.

    Args:
        cloud: the value of `modelberth:cloud`.
        component: the component's class name.
        runtime: the argument `runtime`, where the component has one.
    """
    return next((target for target in targets_of(cloud) if target.serves(component, runtime)), None)


def targets_of(cloud: str) -> tuple[Target, ...]:
    """The targets that a value of `modelberth:cloud` leads to."""
    return tuple(target for target in TARGETS if target.cloud == cloud)


def target_named(name: str) -> Target:
    """The target of that name.

    Raises:
        KeyError: there is none.
    """
    return {target.name: target for target in TARGETS}[name]
