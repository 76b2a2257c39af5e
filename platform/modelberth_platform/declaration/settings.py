"""What a stack's configuration says: where its services run, and which bundles are pinned."""

from __future__ import annotations

from typing import Annotated, Any

import pulumi
from pydantic import AfterValidator, Field, ValidationError

from modelberth_platform.spec.parts import Part
from modelberth_platform.spec.problems import Problem, problems_of
from modelberth_platform.targets.registry import CLOUDS, PLANNED_CLOUDS, TARGETS


def _checkable(name: str) -> str:
    names = sorted({*CLOUDS, *(target.name for target in TARGETS)})
    if name not in names:
        raise ValueError(f"{name!r} is no cloud or target of this version; allowed: {', '.join(names)}")
    return name


class ImageSettings(Part):
    """How images are built, `modelberth:images`.

    Attributes:
        base: the base image, instead of the one that a bundle names; best by digest.
        build_base: the image of the build stage, which may know a company's certificates and package index.
        network: the container engine's network for builds, such as `host`.
    """

    base: str | None = None
    build_base: str | None = None
    network: str | None = None


class StackSettings(Part):
    """The stack's `modelberth:` configuration.

    Attributes:
        cloud: where the stack's services run.
        bundles: bundle references by name; they win over the newest local build.
        store: URL of the bundle store, any that fsspec knows, such as a folder or `s3://…`.
        images: how images are built.
        check_clouds: the clouds or targets whose support and limits a declaration is checked against too, with a
            warning, beside those of the target that it runs on.
        ports: on `local`, the port of an endpoint by its name; one is chosen otherwise.
    """

    cloud: str
    bundles: dict[str, str] = {}
    store: str | None = None
    images: ImageSettings = ImageSettings()
    check_clouds: list[Annotated[str, AfterValidator(_checkable)]] = []
    ports: dict[str, Annotated[int, Field(ge=1, le=65535)]] = {}


def read_settings() -> tuple[StackSettings | None, list[Problem]]:
    """The settings of the stack that is being deployed, or what is wrong with them."""
    config = pulumi.Config("modelberth")
    values: dict[str, Any] = {"cloud": config.get("cloud"), "store": config.get("store")}
    problems = _cloud_problems(values["cloud"])
    for key in ("bundles", "images", "ports", "check_clouds"):
        try:
            value = config.get_object(key)
        except pulumi.ConfigTypeError:
            value = config.get(key)
        if value is not None:
            values[key] = value
    if problems:
        return None, problems
    try:
        return StackSettings.model_validate(values), []
    except ValidationError as error:
        return None, [
            Problem(f"modelberth:{problem.field}", problem.text) for problem in problems_of(error, StackSettings)
        ]


def _cloud_problems(cloud: str | None) -> list[Problem]:
    stack, allowed = pulumi.get_stack(), ", ".join(CLOUDS)
    remedy = f"pulumi config set modelberth:cloud {CLOUDS[0]}"
    if cloud is None:
        text = (
            f"is not in the configuration of stack {stack!r}; it decides where the stack's services run. "
            f"Set it: {remedy} (allowed: {allowed})"
        )
    elif cloud in PLANNED_CLOUDS:
        text = f"is {cloud!r}, which this version does not serve yet; allowed: {allowed}"
    elif cloud not in CLOUDS:
        text = f"is {cloud!r}; allowed: {allowed}. Set it: {remedy}"
    else:
        return []
    return [Problem("modelberth:cloud", text)]
