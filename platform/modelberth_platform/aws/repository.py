"""The ECR repository that an endpoint's images are pushed to, whose tags are immutable."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

KEPT_IMAGES = 20
"""The newest ones stay, used or not: another stack may serve one that was tried here."""
BATCH = 100
"""Images that one call deletes (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html)."""


def free_tag(ecr: Any, repository: str, wanted: str) -> str:
    """The wanted tag, or where an image has it already the first of `WANTED-2`, `WANTED-3`, … that none has.

    An image that is built again, for a way back to an earlier release, is other bytes; ECR refuses them under a tag
    that is taken.
    """
    taken = {tag for image in _tagged(ecr, repository) for tag in image["imageTags"]}
    candidates = itertools.chain([wanted], (f"{wanted}-{number}" for number in itertools.count(2)))
    return next(tag for tag in candidates if tag not in taken)


def prune(ecr: Any, repository: str, used: Collection[str]) -> None:
    """Delete the images that are neither among the newest `KEPT_IMAGES` nor in use.

    Args:
        ecr: client.
        repository: its name.
        used: digests of the images that a model names.
    """
    newest_first = sorted(_tagged(ecr, repository), key=lambda image: image["imagePushedAt"], reverse=True)
    old = [image["imageDigest"] for image in newest_first[KEPT_IMAGES:] if image["imageDigest"] not in used]
    for first in range(0, len(old), BATCH):
        batch = [{"imageDigest": digest} for digest in old[first : first + BATCH]]
        ecr.batch_delete_image(repositoryName=repository, imageIds=batch)


def _tagged(ecr: Any, repository: str) -> list[dict[str, Any]]:
    pages = ecr.get_paginator("describe_images").paginate(repositoryName=repository, filter={"tagStatus": "TAGGED"})
    return [image for page in pages for image in page["imageDetails"]]
