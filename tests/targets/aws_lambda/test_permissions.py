"""What whoever deploys may do is all that modelberth's own resources do."""

from __future__ import annotations

from functools import partial

import pytest

from modelberth_platform.planned import UNKNOWN, Child
from modelberth_platform.targets.aws_lambda.permissions import permissions
from targets.deployer import allowed as allowed_by
from targets.deployer import calls

FOLDER = "targets/aws_lambda"
FILES = [f"{FOLDER}/{name}.py" for name in ("resources", "rollout", "alias", "kept", "health")]
FUNCTION = Child("aws:lambda/function:Function", "shop-function", {"role": UNKNOWN, "imageUri": UNKNOWN})
RELEASE = Child(
    "pulumi-python:dynamic/modelberth:LambdaRelease",
    "shop-release",
    {"name": "shop-shop-dev", "prefix": "shop", "repository": "shop/shop-dev"},
)
FUNCTIONS = Child("pulumi-python:dynamic/modelberth:LambdaFunctions", "shop-functions", {"prefix": "shop"})
OWN_FUNCTIONS = {"arn:aws:lambda:*:*:function:shop-function-*", "arn:aws:lambda:*:*:function:shop-function-*:*"}
allowed = partial(allowed_by, permissions)


def test_the_release_and_the_functions() -> None:
    """Its rows alone, without those of the function itself."""
    own = allowed(RELEASE, FUNCTIONS)
    called = calls(*FILES, "aws/repository.py", "aws/alarms.py")
    assert called >= {
        "lambda:GetFunctionConfiguration",  # a waiter's
        "lambda:InvokeFunction",
        "lambda:ListFunctions",
        "lambda:UpdateAlias",
        "cloudwatch:DescribeAlarms",
        "ecr:BatchDeleteImage",
    }
    assert called - own.keys() == set()
    assert own["ecr:BatchDeleteImage"] == {"arn:aws:ecr:*:*:repository/shop/shop-dev"}


def test_the_functions_delete_what_is_left_and_nothing_else() -> None:
    own = allowed(FUNCTIONS)
    assert own.keys() == {"sts:GetCallerIdentity", "lambda:DeleteFunction", "lambda:ListFunctions", "lambda:ListTags"}


@pytest.mark.parametrize("child", [RELEASE, FUNCTIONS])
def test_only_the_endpoint_s_functions_are_reached(child: Child) -> None:
    own = allowed(FUNCTION, child)
    reached = {action: resources for action, resources in own.items() if action.startswith("lambda:")}
    assert reached.pop("lambda:ListFunctions") == {"*"}
    assert {frozenset(resources) for resources in reached.values()} == {frozenset(OWN_FUNCTIONS)}


def test_an_endpoint_without_images_of_its_own() -> None:
    given = {key: value for key, value in RELEASE.inputs.items() if key != "repository"}
    own = allowed(Child(RELEASE.type, RELEASE.name, given))
    assert not [action for action in own if action.startswith("ecr:")]


@pytest.mark.parametrize(
    ("role", "passed"),
    [
        ("arn:aws:iam::123456789012:role/theirs", "arn:aws:iam::123456789012:role/theirs"),
        (UNKNOWN, "arn:aws:iam::*:role/*"),
    ],
)
def test_a_role_of_the_declaration_is_passed(role: str, passed: str) -> None:
    own = allowed(Child(FUNCTION.type, FUNCTION.name, {"role": role}))
    assert own["iam:PassRole"] == {passed}


def test_the_repository_of_a_given_image_is_read() -> None:
    image = "210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/shop@sha256:1"
    own = allowed(Child(FUNCTION.type, FUNCTION.name, {"role": UNKNOWN, "imageUri": image}))
    assert own["ecr:BatchGetImage"] == {"arn:aws:ecr:eu-west-1:210987654321:repository/team/shop"}
