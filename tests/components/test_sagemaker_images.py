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
    inputs = children(bundle=str(echo), api="echo", instance_type="ml.c7g.large")
    assert inputs["repository"]["imageTagMutability"] == "IMMUTABLE"
    assert inputs["repository"]["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["repository"]["name"] == "shop/shop-dev"
    assert json.loads(inputs["lifecycle"]["policy"])["rules"][0]["selection"]["tagStatus"] == "untagged"
    assert inputs["image"]["build"]["platform"] == "linux/arm64", "the instances' platform, not the laptop's"
    assert inputs["image"]["imageName"].endswith(f"/shop/shop-dev:{inputs['image-tag']['build']['tag']}")
    assert inputs["model"]["primaryContainer"]["image"].endswith("@sha256:" + "1" * 64)
    assert inputs["model"]["primaryContainer"]["environment"] == {"MODELBERTH_API": "echo"}


def test_variants_of_one_bundle_push_under_tags_of_their_own(echo: Path) -> None:
    declared, _ = everything(echo)
    tags = {name: child.inputs["build"]["tag"] for name, child in declared.items() if name.endswith("image-tag")}
    assert tags["shop-challenger-image-tag"] == f"challenger-{tags['shop-image-tag']}"
    release = declared["shop-endpoint"].inputs["release"]
    assert release.removeprefix("sha256:").startswith(tags["shop-image-tag"])


@pytest.mark.parametrize("arguments", [REAL, QUEUED, SERVERLESS])
def test_a_given_image_needs_no_repository(arguments: dict[str, Any]) -> None:
    inputs = children(**arguments)
    assert not {"repository", "lifecycle", "image"} & set(inputs)
    assert inputs["model"]["primaryContainer"]["image"] == IMAGE
    assert f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/shop" in inputs["policy"]["policy"]
