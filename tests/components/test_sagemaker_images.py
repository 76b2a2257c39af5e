"""The image of a ManagedEndpoint on `modelberth:cloud: aws`: built into a repository of its own, or given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mocks import ACCOUNT, REGION
from sagemaker_children import IMAGE, QUEUED, REAL, SERVERLESS, children, everything

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")


def test_the_image_is_built_into_a_repository_of_its_own(echo: Path) -> None:
    found = children(bundle=str(echo), api="echo", instance_type="ml.c7g.large")
    assert found["repository"]["imageTagMutability"] == "IMMUTABLE"
    assert found["repository"]["imageScanningConfiguration"] == {"scanOnPush": True}
    assert found["repository"]["name"] == "shop/shop-dev"
    assert json.loads(found["lifecycle"]["policy"])["rules"][0]["selection"]["tagStatus"] == "untagged"
    assert found["image"]["build"]["platform"] == "linux/arm64", "the instances' platform, not the laptop's"
    assert found["image"]["imageName"].endswith(f"/shop/shop-dev:{found['image-tag']['build']['tag']}")
    assert found["model"]["primaryContainer"]["image"].endswith("@sha256:" + "1" * 64)
    assert found["model"]["primaryContainer"]["environment"] == {"MODELBERTH_API": "echo"}


def test_variants_of_one_bundle_push_under_tags_of_their_own(echo: Path) -> None:
    declared, _ = everything(echo)
    tags = {name: child.inputs["build"]["tag"] for name, child in declared.items() if name.endswith("image-tag")}
    assert tags["shop-challenger-image-tag"] == f"challenger-{tags['shop-image-tag']}"
    release = declared["shop-endpoint"].inputs["release"]
    assert release.removeprefix("sha256:").startswith(tags["shop-image-tag"])


@pytest.mark.parametrize("arguments", [REAL, QUEUED, SERVERLESS])
def test_a_given_image_needs_no_repository(arguments: dict[str, Any]) -> None:
    found = children(**arguments)
    assert not {"repository", "lifecycle", "image"} & set(found)
    assert found["model"]["primaryContainer"]["image"] == IMAGE
    assert f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/shop" in found["policy"]["policy"]
