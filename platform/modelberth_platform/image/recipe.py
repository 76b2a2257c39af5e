"""The recipe of an image: everything that decides its content, and the digest of all that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

import jinja2

from modelberth_platform.bundle import Bundle, BundleFacts
from modelberth_platform.bundle.resolve import located
from modelberth_platform.image.errors import ImageError
from modelberth_platform.image.wishes import Wishes, wishes
from modelberth_platform.runtime import runtime_digest

Platform = Literal["linux/amd64", "linux/arm64"]
PLATFORMS: tuple[Platform, ...] = ("linux/amd64", "linux/arm64")

UV = "0.9.9"
"""The version of uv, which installs packages during the build; it does not reach the image."""

RUNTIME_REQUIREMENTS = (
    "awslambdaric>=4,<5",
    "httptools>=0.6,<1",
    "mangum>=0.19,<1",
    "uvloop>=0.21,<1",
)
"""The packages that the serving runtime needs; they are few, since they share an environment with the bundle's own."""

USER = 65532
"""The user that an image runs as: neither root nor one that a base image knows."""


@dataclass(frozen=True)
class Recipe:
    """What an image is made of.

    Attributes:
        facts: the bundle's facts.
        folder: the folder of the built Bento.
        home: the BentoML home whose model store holds the models that are not inside the folder.
        wishes: what the bundle asks of its image.
        base: the base image; by digest (`python:3.11-slim@sha256:…`) its content cannot move.
        build_image: the image of the build stage, which may know a company's certificates and package index; it must
            have the same Python as `base`, and nothing of it but the installed packages reaches the image.
        platform: `linux/amd64` or `linux/arm64`.
    """

    facts: BundleFacts
    folder: Path
    home: Path
    wishes: Wishes
    base: str
    build_image: str
    platform: Platform

    @cached_property
    def release(self) -> str:
        """The release digest, made of the bundle and of everything else that its image is made of."""
        parts = [self.facts.digest, runtime_digest(), self._dockerfile(release=""), self.platform]
        parts += [self.wishes.requirements, *RUNTIME_REQUIREMENTS]
        return "sha256:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @cached_property
    def dockerfile(self) -> str:
        """The Dockerfile's text."""
        return self._dockerfile(self.release)

    @property
    def tag(self) -> str:
        """The tag of an image of this recipe."""
        return self.release.removeprefix("sha256:")[:20]

    @property
    def base_digest(self) -> str | None:
        """The base image's digest, or None if it is not named by one."""
        return self.base.partition("@")[2] or None

    def _dockerfile(self, release: str) -> str:
        text = (files("modelberth_platform.image") / "Dockerfile.jinja").read_text()
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701 - no HTML
        environment.filters["quoted"] = _quoted
        return environment.from_string(text).render(
            recipe=self, wishes=self.wishes, facts=self.facts, release=release, uv=UV, user=USER
        )


def recipe_of(
    bundle: Bundle, *, platform: str = "linux/amd64", base: str | None = None, build_image: str | None = None
) -> Recipe:
    """The recipe of a bundle's image.

    Args:
        bundle: a bundle, which is fetched if it is only in the bundle store.
        platform: the target's platform, `linux/amd64` or `linux/arm64`.
        base: the base image, instead of the one that the bundle names.
        build_image: the image of the build stage; `base` by default.

    Raises:
        ImageError: the platform is another one, or the bundle asks for something that its image cannot have.
        BundleError: the bundle cannot be fetched.
    """
    if platform not in PLATFORMS:
        raise ImageError(f"the platform {platform!r} is not built for; allowed: {', '.join(PLATFORMS)}")
    folder, home = (bundle.folder, bundle.home) if bundle.folder else located(bundle.facts.digest)
    own = wishes(folder)
    return Recipe(bundle.facts, folder, home, own, base or own.base, build_image or base or own.base, platform)


def _quoted(text: str) -> str:
    """A text as a value in a Dockerfile, which expands nothing in it."""
    if "\n" in text:
        raise ImageError(f"{text!r} goes over several lines, which an environment variable of an image cannot")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
