"""The images of an endpoint's variants: built into a repository of its own, or given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place
from modelberth.targets.image import ReleaseImage, built_image, given_image
from modelberth_platform.aws.resources import ImageTag
from modelberth_platform.bundle import Bundle

UNTAGGED_DAYS = 14


@dataclass(frozen=True)
class Images:
    """The images of an endpoint.

    Attributes:
        of: the image of each variant, by its name.
        repository_arns: of the repositories that the role must read.
        repository: the name of the one that is made here; None where there is none.
        made: that repository.
    """

    of: Mapping[str, ReleaseImage]
    repository_arns: list[pulumi.Input[str]]
    repository: str | None = None
    made: aws.ecr.Repository | None = None

    @property
    def release(self) -> str:
        """The release of the main variant."""
        return self.of["main"].release


def declare_images(place: Place[Any], platform_of: Callable[[str], str]) -> Images:
    """Declare the repository and an image for each variant's bundle; a given image needs neither.

    Args:
        place: where the endpoint stands.
        platform_of: gives the platform that a variant runs on, by its name: `linux/amd64` or `linux/arm64`.
    """
    declaration = place.declaration
    bundles = {**({"main": declaration.bundle} if declaration.bundle else {}), **declaration.variants}
    images: dict[str, ReleaseImage] = {}
    arns: list[pulumi.Input[str]] = []
    if place.spec.image is not None:
        images["main"] = given_image(place.spec.image)
        arns += _repository_of(place, place.spec.image)
    repository = _declare_repository(place) if bundles else None
    if repository is not None:
        arns.append(repository.arn)
        token = aws.ecr.get_authorization_token_output(opts=pulumi.InvokeOutputOptions(parent=place.component))
        for variant, bundle in bundles.items():
            images[variant] = _built(place, variant, bundle, repository, token, platform_of(variant))
    return Images(images, arns, place.repository_name if bundles else None, repository)


def _declare_repository(place: Place[Any]) -> aws.ecr.Repository:
    key = place.spec.key
    repository = aws.ecr.Repository(
        place.child("repository"),
        name=place.repository_name,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
        encryption_configurations=[
            {"encryption_type": "KMS", "kms_key": key} if key else {"encryption_type": "AES256"}
        ],
        force_delete=True,  # images are built again from their bundles; a destroy must not stop at them
        tags=place.tags(),
        opts=place.opts(),
    )
    aws.ecr.LifecyclePolicy(
        place.child("lifecycle"),
        repository=repository.name,
        policy=json.dumps(_LIFECYCLE),
        opts=place.opts(),
    )
    return repository


_LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "untagged images",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
    ]
}
"""A policy knows no image that is in use: the tagged ones are the endpoint's to delete
(`modelberth_platform.aws.repository`)."""


def _built(
    place: Place[Any],
    variant: str,
    bundle: Bundle,
    repository: aws.ecr.Repository,
    token: pulumi.Output[aws.ecr.GetAuthorizationTokenResult],
    platform: str,
) -> ReleaseImage:
    return built_image(
        place.prefix(variant),
        bundle,
        repository.repository_url,
        platform=platform,
        settings=place.declaration.settings.images,
        registry={
            "server": repository.repository_url,
            "username": token.user_name,
            "password": token.password,
        },
        tag=lambda build: _tag(place, variant, repository, build),
        parent=place.component,
    )


def _tag(place: Place[Any], variant: str, repository: aws.ecr.Repository, build: dict[str, str]) -> pulumi.Output[str]:
    named = {} if variant == "main" else {"tag": f"{variant}-{build['tag']}"}
    props = {"repository": repository.name, "region": place.region, "build": build | named}
    return ImageTag(place.child("image-tag", variant), props, place.opts()).tag


def _repository_of(place: Place[Any], image: str) -> list[pulumi.Input[str]]:
    """The ARN of the ECR repository that a given image is in; none for one in another registry."""
    registry, _, rest = image.partition("@")[0].partition("/")
    parts = registry.split(".")
    if parts[1:3] != ["dkr", "ecr"] or len(parts) < 5:  # ACCOUNT.dkr.ecr.REGION.amazonaws.com
        return []
    return [f"arn:{place.partition}:ecr:{parts[3]}:{parts[0]}:repository/{rest.partition(':')[0]}"]
