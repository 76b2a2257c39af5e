"""Least privilege: every policy document that the AWS target writes is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mocks import ACCOUNT, REGION

from security.declared import DECLARATIONS, declared, policies
from security.parliament import findings

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")

WITHOUT_RESOURCES = {
    "ecr:GetAuthorizationToken": "list_amazonelasticcontainerregistry.html",
    "cloudwatch:PutMetricData": "list_amazoncloudwatch.html",
    "ec2:DescribeDhcpOptions": "list_amazonec2.html",
    "ec2:DescribeNetworkInterfaces": "list_amazonec2.html",
    "ec2:DescribeSecurityGroups": "list_amazonec2.html",
    "ec2:DescribeSubnets": "list_amazonec2.html",
    "ec2:DescribeVpcs": "list_amazonec2.html",
}
"""Actions that AWS gives no resource-level permission, with the page of
https://docs.aws.amazon.com/service-authorization/latest/reference/ that says so."""


def statements(echo: Path, which: str) -> list[tuple[str, dict[str, Any]]]:
    found = [(name, each) for name, policy in policies(declared(echo, which)) for each in policy["Statement"]]
    assert found
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("which", DECLARATIONS)
def test_no_wildcard_without_need(echo: Path, which: str) -> None:
    for name, statement in statements(echo, which):
        if statement["Effect"] == "Deny":
            continue  # the wider, the safer
        for action in listed(statement["Action"]):
            assert "*" not in action, (name, statement)
            for resource in listed(statement.get("Resource", "none")):
                assert resource != "*" or action in WITHOUT_RESOURCES, (name, statement)


@pytest.mark.parametrize("which", DECLARATIONS)
def test_the_role_reaches_only_what_is_the_endpoint_s_own(echo: Path, which: str) -> None:
    own = ("shop", "subnet-1", "subnet-2", "sg-1", "token-AbCdEf", "parameter/level", ":pager", "key/1")
    for name, statement in statements(echo, which):
        for resource in listed(statement.get("Resource", [])):
            if resource != "*" and not resource.endswith(":network-interface/*"):
                assert any(mark in resource for mark in own), (name, statement)


@pytest.mark.parametrize("which", DECLARATIONS)
def test_services_assume_roles_for_this_account_alone(echo: Path, which: str) -> None:
    trusts = [
        statement
        for name, statement in statements(echo, which)
        if "Service" in (statement.get("Principal") or {}) and statement["Principal"] != "*"
    ]
    assert trusts
    for statement in trusts:
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_what_the_role_of_a_usual_endpoint_may(echo: Path) -> None:
    """Golden: whoever adds an action says so here."""
    (policy,) = (policy for name, policy in policies(declared(echo, "usual")) if name == "shop-policy")
    may = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert may == {
        "cloudwatch:PutMetricData",
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    }


def test_callers_may_invoke_and_nothing_else(echo: Path) -> None:
    """`echo` has an API that streams; without one there is only the first action."""
    found = {name: policy for name, policy in policies(declared(echo, "everything")) if "-invoke-" in name}
    assert set(found) == {"shop-invoke-web", "shop-invoke-invoker"}
    for policy in found.values():
        (statement,) = policy["Statement"]
        assert statement["Action"] == ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
        assert statement["Resource"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/shop-shop-dev"
        assert "Condition" not in statement


@pytest.mark.parametrize("which", DECLARATIONS)
def test_parliament_finds_nothing(echo: Path, which: str, tmp_path: Path) -> None:
    of_identities = {
        name: policy
        for name, policy in policies(declared(echo, which))
        if all("Principal" not in statement for statement in policy["Statement"])
    }
    assert of_identities
    assert findings(of_identities, tmp_path / "policies") == []
