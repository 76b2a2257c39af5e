"""The images of an endpoint in ECR: tags that are free, and which images go."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from loopback import aws_on_loopback

from modelberth_platform.aws.repository import KEPT_IMAGES, free_tag, prune

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def ecr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with aws_on_loopback(monkeypatch):
        client = boto3.client("ecr")
        client.create_repository(repositoryName="shop", imageTagMutability="IMMUTABLE")
        yield client


def pushed(ecr: Any, tag: str) -> str:
    """The digest of an image that is pushed under that tag."""
    manifest = json.dumps({"schemaVersion": 2, "mediaType": DOCKER, "config": {"digest": tag}})
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    ecr.put_image(repositoryName="shop", imageManifest=manifest, imageTag=tag, imageDigest=digest)
    return digest


def tags(ecr: Any) -> set[str]:
    details = ecr.describe_images(repositoryName="shop", maxResults=1000)["imageDetails"]
    return {tag for image in details for tag in image["imageTags"]}


def test_a_tag_is_taken_once(ecr: Any) -> None:
    for expected in ("1a2b", "1a2b-2", "1a2b-3"):
        assert free_tag(ecr, "shop", "1a2b") == expected
        pushed(ecr, expected)
    assert free_tag(ecr, "shop", "3c4d") == "3c4d"


def test_an_image_in_use_stays_however_old(ecr: Any) -> None:
    used = pushed(ecr, "used")
    unused = [pushed(ecr, f"old{number}") for number in range(3)]
    _aged([used, *unused])
    newest = {f"new{number}" for number in range(KEPT_IMAGES)}
    for tag in newest:
        pushed(ecr, tag)
    prune(ecr, "shop", {used})
    assert tags(ecr) == {"used", *newest}


def test_few_images_stay_all(ecr: Any) -> None:
    for number in range(KEPT_IMAGES):
        pushed(ecr, f"tag{number}")
    prune(ecr, "shop", set())
    assert len(tags(ecr)) == KEPT_IMAGES


def _aged(digests: list[str]) -> None:
    """Moto counts whole seconds: these images were pushed an hour before."""
    from moto.backends import get_backend

    for image in get_backend("ecr")["123456789012"]["eu-central-1"].repositories["shop"].images:
        if image.get_image_digest() in digests:
            image.image_pushed_at -= 3600
