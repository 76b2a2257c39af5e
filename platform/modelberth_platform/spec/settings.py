"""What a stack's configuration says: where its services run, and which bundles are pinned."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pulumi
from pydantic import Field, ValidationError

from modelberth_platform.spec.parts import Part
from modelberth_platform.spec.problems import Problem, problems_of

TARGETS = ("local", "aws")
"""The values of `modelberth:cloud` that this version serves."""

PLANNED = ("gcp", "azure")


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
        check_clouds: on `local`, the clouds whose limits a declaration is checked against too, with a warning.
        ports: on `local`, the port of an endpoint by its name; one is chosen otherwise.
    """

    cloud: str
    bundles: dict[str, str] = {}
    store: str | None = None
    images: ImageSettings = ImageSettings()
    check_clouds: list[Literal["aws"]] = []
    ports: dict[str, Annotated[int, Field(ge=1, le=65535)]] = {}


def read_settings() -> tuple[StackSettings | None, list[Problem]]:
    """The settings of the stack that is being deployed, or what is wrong with them."""
    config = pulumi.Config("modelberth")
    values: dict[str, Any] = {"cloud": config.get("cloud"), "store": config.get("store")}
    problems = _cloud_problems(values["cloud"])
    for key in ("bundles", "images", "ports", "check_clouds"):
        try:
            found = config.get_object(key)
        except pulumi.ConfigTypeError:
            found = config.get(key)
        if found is not None:
            values[key] = found
    if problems:
        return None, problems
    try:
        return StackSettings.model_validate(values), []
    except ValidationError as error:
        return None, [
            Problem(f"modelberth:{problem.field}", problem.text) for problem in problems_of(error, StackSettings)
        ]


def _cloud_problems(cloud: str | None) -> list[Problem]:
    stack = pulumi.get_stack()
    if cloud is None:
        text = (
            f"is not in the configuration of stack {stack!r}; it decides where the stack's services run. "
            f"Set it: pulumi config set modelberth:cloud {TARGETS[0]} (allowed: {', '.join(TARGETS)})"
        )
    elif cloud in PLANNED:
        text = f"is {cloud!r}, which this version does not serve yet; allowed: {', '.join(TARGETS)}"
    elif cloud not in TARGETS:
        text = f"is {cloud!r}; allowed: {', '.join(TARGETS)}. Set it: pulumi config set modelberth:cloud {TARGETS[0]}"
    else:
        return []
    return [Problem("modelberth:cloud", text)]
