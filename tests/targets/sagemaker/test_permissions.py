"""What whoever deploys may do is all that modelberth's own resources do."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from modelberth_platform.planned import UNKNOWN, Child, PlannedEndpoint
from modelberth_platform.targets.sagemaker.permissions import permissions
from targets.deployer import allowed as allowed_by
from targets.deployer import calls

ENDPOINT = {"name": "shop-shop-dev", "prefix": "shop-", "repository": "shop/shop-dev"}
allowed = partial(allowed_by, permissions)


def test_the_endpoint_and_its_releases() -> None:
    own = allowed(
        Child("pulumi-python:dynamic/modelberth:SageMakerEndpoint", "shop-endpoint", ENDPOINT),
        Child("pulumi-python:dynamic/modelberth:SageMakerReleases", "shop-releases", ENDPOINT),
    )
    folder = "targets/sagemaker"
    files = [
        f"{folder}/resources.py",
        f"{folder}/rollout.py",
        f"{folder}/kept.py",
        "aws/repository.py",
        "aws/alarms.py",
    ]
    called = calls(*files)
    assert {"sagemaker:UpdateEndpoint", "sagemaker:ListModels", "ecr:BatchDeleteImage"} <= called
    assert called - own.keys() == set()
    assert own["ecr:BatchDeleteImage"] == {"arn:aws:ecr:*:*:repository/shop/shop-dev"}
    assert own["sagemaker:UpdateEndpoint"] == {
        "arn:aws:sagemaker:*:*:endpoint/shop-shop-dev",
        "arn:aws:sagemaker:*:*:endpoint-config/shop-*",
    }


def test_the_tag_of_an_image() -> None:
    own = allowed(Child("pulumi-python:dynamic/modelberth:ImageTag", "shop-image-tag", {"repository": "shop/shop-dev"}))
    assert {"ecr:DescribeImages"} <= own.keys() & calls("aws/repository.py")


def test_an_endpoint_without_images_of_its_own() -> None:
    given = {key: value for key, value in ENDPOINT.items() if key != "repository"}
    own = allowed(Child("pulumi-python:dynamic/modelberth:SageMakerEndpoint", "shop-endpoint", given))
    assert not [action for action in own if action.startswith("ecr:")]


@pytest.mark.parametrize(
    ("role", "passed"),
    [
        ("arn:aws:iam::123456789012:role/theirs", "arn:aws:iam::123456789012:role/theirs"),
        (UNKNOWN, "arn:aws:iam::*:role/*"),
    ],
)
def test_a_role_of_the_declaration_is_passed(role: str, passed: str) -> None:
    own = allowed(Child("aws:sagemaker/model:Model", "shop-model", {"executionRoleArn": role}))
    assert own["iam:PassRole"] == {passed}


def test_names_are_in_lower_case_in_sagemakers_arns() -> None:
    own = allowed(Child("pulumi-python:dynamic/modelberth:SageMakerEndpoint", "x", {**ENDPOINT, "name": "Fraud-1"}))
    assert own["sagemaker:DescribeEndpoint"] == {
        "arn:aws:sagemaker:*:*:endpoint/Fraud-1",
        "arn:aws:sagemaker:*:*:endpoint/fraud-1",
    }


def test_the_bundle_store_is_read_where_it_is_on_s3() -> None:
    def read(store: str) -> set[str]:
        statements = permissions(PlannedEndpoint("shop", {}, ()), {"modelberth:store": store})
        return {resource for each in statements if each["Sid"] == "BundleStore" for resource in each["Resource"]}

    assert read("s3://models/bundles/") == {"arn:aws:s3:::models", "arn:aws:s3:::models/bundles/*"}
    assert read("s3://models") == {"arn:aws:s3:::models", "arn:aws:s3:::models/*"}
    assert read(str(Path("/srv/bundles"))) == set()
