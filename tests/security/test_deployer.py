"""The policy of whoever deploys, over all that the targets on AWS declare."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from declarations import BY_TARGET, Declaration, every
from mocks import ACCOUNT, REGION, declare

from modelberth_platform.aws.alarms import ALARM
from modelberth_platform.aws.deployer import SHARED
from modelberth_platform.aws.policy import document
from modelberth_platform.planned import Child, PlannedEndpoint
from modelberth_platform.targets.aws_lambda import permissions as on_lambda
from modelberth_platform.targets.sagemaker import permissions as on_sagemaker
from security.page import section, tells
from security.parliament import findings

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")

WITHOUT_RESOURCE = {
    "application-autoscaling:DescribeScalableTargets": "list_awsapplicationautoscaling.html",
    "application-autoscaling:DescribeScalingPolicies": "list_awsapplicationautoscaling.html",
    "ec2:DescribePrefixLists": "list_amazonec2.html",
    "ec2:DescribeSecurityGroups": "list_amazonec2.html",
    "ec2:DescribeSubnets": "list_amazonec2.html",
    "ec2:DescribeVpcEndpoints": "list_amazonec2.html",
    "ec2:DescribeVpcs": "list_amazonec2.html",
    "ecr:GetAuthorizationToken": "list_amazonelasticcontainerregistry.html",
    "lambda:ListFunctions": "list_awslambda.html",
    "logs:CreateLogDelivery": "list_amazoncloudwatchlogs.html",
    "logs:DeleteLogDelivery": "list_amazoncloudwatchlogs.html",
    "logs:DescribeLogGroups": "list_amazoncloudwatchlogs.html",
    "logs:DescribeResourcePolicies": "list_amazoncloudwatchlogs.html",
    "logs:GetLogDelivery": "list_amazoncloudwatchlogs.html",
    "logs:ListLogDeliveries": "list_amazoncloudwatchlogs.html",
    "logs:PutResourcePolicy": "list_amazoncloudwatchlogs.html",
    "logs:UpdateLogDelivery": "list_amazoncloudwatchlogs.html",
    "sagemaker:ListEndpointConfigs": "list_amazonsagemaker.html",
    "sagemaker:ListModels": "list_amazonsagemaker.html",
    "sns:GetSubscriptionAttributes": "list_amazonsns.html",
    "sns:SetSubscriptionAttributes": "list_amazonsns.html",
    "sns:Unsubscribe": "list_amazonsns.html",
    "sts:GetCallerIdentity": "list_awssecuritytokenservice.html",
}
"""Actions that AWS gives no resource-level permission, with the page of
https://docs.aws.amazon.com/service-authorization/latest/reference/ that says so."""

CONFIG: dict[str, Any] = {"aws:region": REGION, "modelberth:store": "s3://models/bundles"}
DECLARED = [(target, name) for target, name in every() if target != "local"]
PERMISSIONS = {"sagemaker": on_sagemaker, "aws_lambda": on_lambda}
PASSED_TO = {"sagemaker": "sagemaker.amazonaws.com", "aws_lambda": "lambda.amazonaws.com"}
OWN = (
    *(
        "shop",
        "a" * 40,
        "Fraud-1",
        "fraud-1",
        ":key/1",
        "vpc/vpc-1",
        "subnet/subnet-",
        "security-group/sg-1",
        ":pager",
    ),
    *("/aws-service-role/sagemaker.", "/aws-service-role/lambda."),
    *("role/apps/web", "role/web", "role/*/web", "role/x", "role/made-here", "role/*/made-here"),
)
"""What tells that a resource is the endpoint's own, or named by its declaration."""
WHICHEVER = (
    ":alarm:*",  # CloudWatch asks for all of them
    ":scalable-target/*",  # their names tell nothing; conditions do
    "::/apis",  # API Gateway gives its APIs their ids
    "::/apis/*",
    "::/restapis",
    "::/restapis/*",
    "::/tags/*",
    ":vpc-endpoint/*",
)


@pytest.fixture(scope="module")
def planned(aws_packages: Path, echo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, PlannedEndpoint]:
    """What a dry run knows of each of the declarations, by its target and its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("program"))
        return {f"{target} {name}": _planned(BY_TARGET[target][name], echo) for target, name in DECLARED}


def _planned(declaration: Declaration, echo: Path) -> PlannedEndpoint:
    declared, _ = declare(lambda: declaration.program(echo), declaration.config, declaration.stack)
    children = tuple(Child(each.type, key, each.inputs) for key, each in declared.items() if each.custom)
    return PlannedEndpoint(declaration.name, {}, children)


@pytest.fixture(scope="module")
def built(planned: dict[str, PlannedEndpoint]) -> dict[str, Any]:
    """The policy for each of the declarations."""
    return {
        name: document(PERMISSIONS[name.partition(" ")[0]].permissions(endpoint, CONFIG))
        for name, endpoint in planned.items()
    }


def statements(policies: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, policy in policies.items():
        for statement in policy["Statement"]:
            yield name, statement


def test_parliament_knows_every_action_and_finds_nothing(built: dict[str, Any], tmp_path: Path) -> None:
    found = findings(built, tmp_path / "policies")
    # Whoever makes a bucket sets its policy and its lifecycle; docs/security.md says what that means.
    assert [each for each in found if each["issue"] != "RESOURCE_POLICY_PRIVILEGE_ESCALATION"] == []


def test_no_wildcard_without_need(built: dict[str, Any]) -> None:
    for name, statement in statements(built):
        assert not [action for action in statement["Action"] if "*" in action], name
        if statement["Resource"] == ["*"]:
            assert set(statement["Action"]) <= WITHOUT_RESOURCE.keys(), (name, statement)
        else:
            assert "*" not in statement["Resource"], (name, statement)
            assert not set(statement["Action"]) & WITHOUT_RESOURCE.keys(), (name, statement)


def test_it_reaches_only_what_is_the_endpoint_s_own(built: dict[str, Any]) -> None:
    for name, statement in statements(built):
        for resource in statement["Resource"]:
            if statement["Sid"].startswith(("BundleStore", "WithoutResource")) or resource.endswith(WHICHEVER):
                continue
            assert any(mark in resource for mark in OWN), (name, resource, statement)


def test_a_role_is_passed_to_its_service_alone(built: dict[str, Any]) -> None:
    passed = [(name, each) for name, each in statements(built) if "iam:PassRole" in each["Action"]]
    assert len(passed) == len(built)
    for name, statement in passed:
        service = PASSED_TO[name.partition(" ")[0]]
        assert statement["Action"] == ["iam:PassRole"], name
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": service}}, name


def test_sids_are_what_iam_takes(built: dict[str, Any]) -> None:
    for name, policy in built.items():
        sids = [statement["Sid"] for statement in policy["Statement"]]
        assert len(set(sids)) == len(sids), name
        assert all(sid.isalnum() for sid in sids), name


def test_where_the_account_is_known_it_is_named() -> None:
    deployer = [{"roleArn": f"arn:aws-cn:iam::{ACCOUNT}:role/deployer"}]
    endpoint = PlannedEndpoint("shop", {}, (Child("aws:iam/role:Role", "shop-role"), Child(ALARM, "shop-alarm")))
    config = {"aws:region": "cn-north-1", "aws:assumeRoles": deployer}
    statements = document(on_sagemaker.permissions(endpoint, config))["Statement"]
    reached = {resource for each in statements for resource in each["Resource"]}
    assert reached == {
        "*",
        f"arn:aws-cn:cloudwatch:cn-north-1:{ACCOUNT}:alarm:*",
        f"arn:aws-cn:cloudwatch:cn-north-1:{ACCOUNT}:alarm:shop-alarm-*",
        f"arn:aws-cn:iam::{ACCOUNT}:role/shop-role-*",
    }


def test_a_caller_of_the_same_account_gets_its_policy_too(echo: Path) -> None:
    """Whether it is of the same account, a dry run does not know, and declares the role that others assume."""
    trust = {"Statement": [{"Principal": {"AWS": ["arn:aws:iam::123456789012:role/apps/web", "arn:aws:iam::1:root"]}}]}
    child = Child("aws:iam/role:Role", "shop-invoker", {"assumeRolePolicy": json.dumps(trust)})
    endpoint = PlannedEndpoint("shop", {}, (child,))
    wide = document(on_sagemaker.permissions(endpoint, {}))
    (policies,) = (each for each in wide["Statement"] if "arn:aws:iam::123456789012:role/apps/web" in each["Resource"])
    assert policies["Action"] == ["iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:PutRolePolicy"]
    known = document(on_sagemaker.permissions(endpoint, {"aws:allowedAccountIds": ["123456789012"]}))
    assert "role/apps/web" not in json.dumps(known)


def test_every_row_is_for_a_child_that_there_is(planned: dict[str, PlannedEndpoint]) -> None:
    declared: dict[str, set[str]] = {target: set() for target in PERMISSIONS}
    for name, endpoint in planned.items():
        declared[name.partition(" ")[0]] |= {child.type for child in endpoint.children}
    for target, permissions in PERMISSIONS.items():
        assert permissions.ROWS.keys() - declared[target] == set(), target
    assert SHARED.keys() - set().union(*declared.values()) == set()


@pytest.mark.parametrize("kind", sorted({**SHARED, **on_sagemaker.ROWS, **on_lambda.ROWS}))
def test_every_row_is_for_a_type_that_there_is(kind: str) -> None:
    package, module, name = kind.split(":")
    if package == "pulumi-python":
        assert name in ("ImageTag", "SageMakerEndpoint", "SageMakerReleases", "LambdaFunctions", "LambdaRelease")
        return
    folder = module.partition("/")[0].replace("lambda", "lambda_")
    found = import_module(f"pulumi_{package}" if folder == "index" else f"pulumi_{package}.{folder}")
    assert hasattr(found, name)


def test_the_page_tells_what_has_no_resource() -> None:
    rows = section("What the deployer needs").splitlines()
    for action, reference in WITHOUT_RESOURCE.items():
        assert len([row for row in rows if reference in row and tells(row, action)]) == 1, action
