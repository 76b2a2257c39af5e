"""Declares the image of a bundle, which `up` builds and pushes when its release is new, and a preview never.

The tag is the release digest, so that the same content is the same resource on every machine.
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
"""The folder of build contexts, below that of the project. pulumi-docker compares the path, which must therefore be the
same on every machine."""


class ReleaseImage:
    """An image that a target runs, whether it is built or given.

    Attributes:
        uri: the image by its digest, `REPOSITORY@sha256:…`.
        release: the release digest, or the digest of a given image.
    """

    def __init__(self, uri: pulumi.Input[str], release: str) -> None:
        self.uri = pulumi.Output.from_input(uri)
        self.release = release


def given_image(image: str) -> ReleaseImage:
    """An image that is already pushed, named by its digest."""
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
        name: the component's name; the resource is `NAME-image`.
        bundle: the bundle that the image serves.
        repository: the repository that it is pushed to, such as an ECR repository's URL.
        platform: the platform of the target, `linux/amd64` or `linux/arm64`, which need not be that of the laptop.
        settings: the stack's `modelberth:images`.
        registry: the `server`, `username` and `password` to push with; the machine's own login by default.
        tag: a function that gives the tag to push under. It gets the texts whose change builds the image anew, among
            them `tag`, which comes from the release digest. By default that one is taken, which a registry with
            immutable tags accepts only once.
        parent: the component.

    Raises:
        ImageError: the bundle asks for something that an image cannot have.
    """
    import pulumi_docker

    recipe = recipe_of(bundle, platform=platform, base=settings.base, build_image=settings.build_base)
    context = _context(recipe)
    build = {
        "tag": recipe.tag,
        "context": str(context),
        "platform": recipe.platform,
        **({"network": settings.network} if settings.network else {}),
    }
    image = pulumi_docker.Image(
        f"{name}-image",
        image_name=pulumi.Output.concat(repository, ":", tag(build) if tag else recipe.tag),
        build=pulumi_docker.DockerBuildArgs(
            context=str(context),
            dockerfile=str(context / "Dockerfile"),
            platform=recipe.platform,
            builder_version=pulumi_docker.BuilderVersion.BUILDER_BUILD_KIT,
            network=settings.network,
        ),
        registry=_registry(registry),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return ReleaseImage(image.repo_digest, recipe.release)


def _context(recipe: Recipe) -> Path:
    """The build context below the current folder, which is the project's; it is written once for each release."""
    CONTEXTS.mkdir(parents=True, exist_ok=True)
    ignore = CONTEXTS.parent / ".gitignore"
    if not ignore.is_file():
        ignore.write_text("*\n")
    context = CONTEXTS / f"{recipe.facts.name}-{recipe.tag}"
    forget_old_contexts(write_context(recipe, Path.cwd() / context))
    return context


def _registry(login: Optional[Mapping[str, pulumi.Input[str]]]) -> "Optional[pulumi_docker.RegistryArgs]":
    if login is None:
        return None
    import pulumi_docker

    password = pulumi.Output.secret(login["password"])
    return pulumi_docker.RegistryArgs(server=login["server"], username=login["username"], password=password)
