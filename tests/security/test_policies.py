"""Least privilege: every policy document that the targets on AWS write is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mocks import ACCOUNT, REGION, Declared

from security.declared import EVERY, declared, each_declaration, policies
from security.page import section, tells
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
ON_ALL_RESOURCES = {
    f"ec2:{action}": "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions"
    for action in (
        *("AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface"),
        *("DescribeNetworkInterfaces", "DescribeSubnets", "UnassignPrivateIpAddresses"),
    )
}
"""Actions that a service wants a role to have on all resources, with the page that says so."""
DOCUMENTS = {
    "aws:apigateway/restApi:RestApi",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
}
"""The types of resources that have one."""
OWN_RESOURCE = {
    "aws:apigateway/restApi:RestApi": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:shop-api-id/*",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/shop/shop-dev",
    "aws:iam/role:Role": f"arn:aws:iam::{ACCOUNT}:role/shop-role",
}
"""What the policies of these belong to."""
UNKNOWN_CONDITIONS = {
    "lambda:InvokedViaFunctionUrl": "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    "lambda:SourceFunctionArn": "https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html",
}
"""Conditions that parliament does not know: one that came after it, and one that goes with the actions of every
service."""
OF_THEIR_KIND = ("execute-api:/*", ":network-interface/*", f":execute-api:{REGION}:{ACCOUNT}:*")
"""How resources end that bear no name of the endpoint's: of the API that a policy belongs to, what stands in the
subnets, and the account's APIs, which a private endpoint leads to."""


def statements(echo: Path, target: str, which: str) -> list[tuple[str, dict[str, Any]]]:
    found = [(name, each) for name, policy in policies(declared(echo, target, which)) for each in policy["Statement"]]
    assert found
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_declarations_have_every_kind_of_document(echo: Path) -> None:
    found = set()
    for target, which in EVERY:
        children = declared(echo, target, which)
        found |= {children[name].type for name, _ in policies(children)}
    assert found == DOCUMENTS


@each_declaration
def test_no_wildcard_without_need(echo: Path, target: str, which: str) -> None:
    unbound = WITHOUT_RESOURCES.keys() | (ON_ALL_RESOURCES.keys() if target == "aws_lambda" else set())
    for name, statement in statements(echo, target, which):
        if statement["Effect"] == "Deny":
            continue  # the wider, the safer
        for action in listed(statement["Action"]):
            assert "*" not in action, (name, statement)
            for resource in listed(statement.get("Resource", "none")):
                assert resource != "*" or action in unbound, (name, statement)


def test_the_page_tells_what_has_no_resource() -> None:
    told = section("Actions without a resource")
    rows = told.splitlines()
    for action, reference in WITHOUT_RESOURCES.items():
        assert len([row for row in rows if reference in row and tells(row, action)]) == 1, action
    for action, reference in ON_ALL_RESOURCES.items():
        assert reference in told
        assert tells(told, action), action


@each_declaration
def test_the_role_reaches_only_what_is_the_endpoint_s_own(echo: Path, target: str, which: str) -> None:
    own = ("shop", "subnet-1", "subnet-2", "sg-1", "token-AbCdEf", "parameter/level", ":pager", "key/1")
    for name, statement in statements(echo, target, which):
        for resource in listed(statement.get("Resource", [])):
            if resource != "*" and not resource.endswith(OF_THEIR_KIND):
                assert any(mark in resource for mark in own), (name, statement)


@each_declaration
def test_services_assume_roles_for_this_account_alone(echo: Path, target: str, which: str) -> None:
    trusts = [
        statement
        for name, statement in statements(echo, target, which)
        if "Service" in (statement.get("Principal") or {}) and statement["Action"] == "sts:AssumeRole"
    ]
    assert trusts
    for statement in trusts:
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_what_the_role_of_a_usual_endpoint_may(echo: Path) -> None:
    """Golden: whoever adds an action says so here."""
    (policy,) = (policy for name, policy in policies(declared(echo, "sagemaker", "usual")) if name == "shop-policy")
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
    found = {name: policy for name, policy in policies(declared(echo, "sagemaker", "everything")) if "-invoke-" in name}
    assert set(found) == {"shop-invoke-web", "shop-invoke-invoker"}
    for policy in found.values():
        (statement,) = policy["Statement"]
        assert statement["Action"] == ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
        assert statement["Resource"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/shop-shop-dev"
        assert "Condition" not in statement


@each_declaration
def test_parliament_finds_nothing(echo: Path, target: str, which: str, tmp_path: Path) -> None:
    children = declared(echo, target, which)
    read = {name: with_resources(policy, children[name]) for name, policy in policies(children)}
    assert [found for found in findings(read, tmp_path / "policies") if not known(found, target)] == []


def with_resources(policy: dict[str, Any], child: Declared) -> dict[str, Any]:
    """A policy as parliament reads policies of identities: those of resources may leave theirs out, or shorten it."""
    own = OWN_RESOURCE.get(child.type)
    return {**policy, "Statement": [{**each, "Resource": own or each["Resource"]} for each in policy["Statement"]]}


def known(found: dict[str, Any], target: str) -> bool:
    """Whether the policy is right, and parliament does not know it."""
    if found["issue"] == "RESOURCE_STAR":
        return target == "aws_lambda" and set(found["detail"]) <= ON_ALL_RESOURCES.keys()
    unknown = found["issue"] == "UNKNOWN_CONDITION_FOR_ACTION"
    return unknown and any(f" {key} for action" in found["detail"] for key in UNKNOWN_CONDITIONS)
