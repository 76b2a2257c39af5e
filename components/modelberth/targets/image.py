"""A bundle's image as a resource: built and pushed by `up` when its release is new, never by a preview.

The tag is the release digest, so the same content is the same resource on every machine.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import pulumi

from modelberth_platform.bundle import Bundle
from modelberth_platform.declaration.settings import ImageSettings
from modelberth_platform.image import Recipe, recipe_of
from modelberth_platform.image.context import forget_old_contexts, write_context

if TYPE_CHECKING:
    import pulumi_docker

CONTEXTS = Path(".modelberth") / "images"
"""Where a program keeps build contexts, below its project's folder: pulumi-docker compares the path, which must
therefore be the same on every machine."""


class ReleaseImage:
    """An image by its name and digest, whether it is built here or given.

    Attributes:
        uri: `REPOSITORY@sha256:…`, what a target runs.
        release: the release digest, or the digest of a given image.
    """

    def __init__(self, uri: pulumi.Input[str], release: str) -> None:
        self.uri = pulumi.Output.from_input(uri)
        self.release = release


def given_image(image: str) -> ReleaseImage:
    """One already pushed, named by digest."""
    return ReleaseImage(image, image.partition("@")[2])


def built_image(
    name: str,
    bundle: Bundle,
    repository: pulumi.Input[str],
    *,
    platform: str,
    settings: ImageSettings,
    registry: Optional[Mapping[str, pulumi.Input[str]]] = None,
    tag: Optional[Callable[[dict[str, str]], pulumi.Input[str]]] = None,
    parent: Optional[pulumi.Resource] = None,
) -> ReleaseImage:
    """Declare the image of a bundle.

    Args:
        name: of the component; the resource is `NAME-image`.
        bundle: what it serves.
        repository: where it is pushed to, such as an ECR repository's URL.
        platform: the target's, `linux/amd64` or `linux/arm64`; never the laptop's.
        settings: `modelberth:images` of the stack.
        registry: `server`, `username` and `password` to push with; the machine's own login by default.
        tag: gives the tag to push under for a build, which is said in texts: `tag`, the release digest's, and what else
            an image is built anew for. By default `tag` itself, which a registry with immutable tags takes once.
        parent: the component.

    Raises:
        ImageError: the bundle asks for something that cannot be.
    """
    import pulumi_docker

    made_of = recipe_of(bundle, platform=platform, base=settings.base, build_image=settings.build_base)
    context = _context(made_of)
    build = {
        "tag": made_of.tag,
        "context": str(context),
        "platform": made_of.platform,
        **({"network": settings.network} if settings.network else {}),
    }
    image = pulumi_docker.Image(
        f"{name}-image",
        image_name=pulumi.Output.concat(repository, ":", tag(build) if tag else made_of.tag),
        build=pulumi_docker.DockerBuildArgs(
            context=str(context),
            dockerfile=str(context / "Dockerfile"),
            platform=made_of.platform,
            builder_version=pulumi_docker.BuilderVersion.BUILDER_BUILD_KIT,
            network=settings.network,
        ),
        registry=_registry(registry),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return ReleaseImage(image.repo_digest, made_of.release)


def _context(made_of: Recipe) -> Path:
    """The build context below the current folder, which is the project's; written once for a release."""
    CONTEXTS.mkdir(parents=True, exist_ok=True)
    ignore = CONTEXTS.parent / ".gitignore"
    if not ignore.is_file():
        ignore.write_text("*\n")
    context = CONTEXTS / f"{made_of.facts.name}-{made_of.tag}"
    forget_old_contexts(write_context(made_of, Path.cwd() / context))
    return context


def _registry(given: Optional[Mapping[str, pulumi.Input[str]]]) -> "Optional[pulumi_docker.RegistryArgs]":
    if given is None:
        return None
    import pulumi_docker

    password = pulumi.Output.secret(given["password"])
    return pulumi_docker.RegistryArgs(server=given["server"], username=given["username"], password=password)
