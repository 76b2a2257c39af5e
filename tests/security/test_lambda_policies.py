"""Who may call a function, and what it may itself: golden, for each way of access."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mocks import ACCOUNT, REGION, Declared

from security.declared import DECLARATIONS, declared, policies

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")

LIVE = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-function-1a2b3c4:live"
OWN_FUNCTIONS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-function-*"
WHO_CALLS = {
    "usual": {"AWS_IAM"},
    "everything": {"AWS_IAM"},
    "given-image": {"AWS_IAM"},
    "jwt": {"JWT"},
    "public": {"NONE"},
    "streams": {"AWS_IAM"},
    "streams-public": {"NONE"},
    "private": set(),
    "private-given-endpoint": set(),
    "streams-private": set(),
}
"""What routes and function URLs ask of callers; a private API has its policy."""
ENDPOINTS = {
    "private": "shop-private-endpoint-id",
    "private-given-endpoint": "vpce-1",
    "streams-private": "vpce-1",
}
"""The endpoint that leads to each private API."""
each_private = pytest.mark.parametrize("which", ENDPOINTS)


def declared_on_lambda(echo: Path, which: str) -> dict[str, Declared]:
    return declared(echo, "aws_lambda", which)


def documents(echo: Path, which: str) -> dict[str, list[dict[str, Any]]]:
    """The statements of each policy, by the name of its resource."""
    return {name: policy["Statement"] for name, policy in policies(declared_on_lambda(echo, which))}


def actions(statements: list[dict[str, Any]], effect: str = "Allow") -> set[str]:
    return {action for each in statements if each["Effect"] == effect for action in each["Action"]}


def test_what_the_role_of_a_usual_endpoint_may(echo: Path) -> None:
    """Golden: whoever adds an action says so here."""
    assert actions(documents(echo, "usual")["shop-policy"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_what_a_declaration_adds_to_the_role(echo: Path) -> None:
    added = {"kms:Decrypt", "secretsmanager:GetSecretValue", "ssm:GetParameter"}
    interfaces = {"CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets"}
    network = {f"ec2:{action}" for action in (*interfaces, "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses")}
    statements = documents(echo, "everything")["shop-policy"]
    usual = actions(documents(echo, "usual")["shop-policy"])
    assert actions(statements) == usual | added | network
    assert actions(statements, "Deny") == network, "Lambda stands in the subnets, the model's process may not"
    (denied,) = (each for each in statements if each["Effect"] == "Deny")
    assert denied["Resource"] == "*"
    assert denied["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": OWN_FUNCTIONS}}


def test_lambda_pulls_for_the_endpoint_s_functions_alone(echo: Path) -> None:
    (statement,) = documents(echo, "usual")["shop-repository-policy"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": OWN_FUNCTIONS},
    }


@pytest.mark.parametrize("which", DECLARATIONS["aws_lambda"])
def test_nothing_is_open_that_is_not_declared_so(echo: Path, which: str) -> None:
    children = declared_on_lambda(echo, which).values()
    routes = {each.inputs["authorizationType"] for each in children if each.type.endswith((":Route", ":FunctionUrl"))}
    assert routes == WHO_CALLS[which]
    tagged = [each.name for each in children if "modelberth:public" in each.inputs.get("tags", {})]
    assert bool(tagged) == (routes == {"NONE"}), "what is open says why"


@pytest.mark.parametrize("which", DECLARATIONS["aws_lambda"])
def test_api_gateway_calls_the_alias_from_this_api_alone(echo: Path, which: str) -> None:
    children = declared_on_lambda(echo, which)
    of_everybody = ("shop-public-url", "shop-public-call")
    permissions = [
        each
        for name, each in children.items()
        if each.type == "aws:lambda/permission:Permission" and name not in of_everybody
    ]
    assert len(permissions) == int("shop-api" in children)
    assert (
        set(of_everybody) <= children.keys() if which == "streams-public" else not children.keys() & set(of_everybody)
    )
    for permission in permissions:
        assert permission.inputs == {
            "action": "lambda:InvokeFunction",
            "function": "shop-function-1a2b3c4",
            "qualifier": "live",
            "principal": "apigateway.amazonaws.com",
            "sourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:shop-api-id/*/*",
        }


def test_callers_of_an_http_api_may_invoke_it_and_nothing_else(echo: Path) -> None:
    found = {name: policy for name, policy in documents(echo, "everything").items() if "-invoke-" in name}
    assert set(found) == {"shop-invoke-web", "shop-invoke-invoker"}
    for statements in found.values():
        (statement,) = statements
        assert statement["Action"] == ["execute-api:Invoke"]
        assert statement["Resource"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:shop-api-id/$default/*"
        assert "Condition" not in statement


def test_callers_of_a_function_url_call_it_by_the_url_alone(echo: Path) -> None:
    by_url, function = documents(echo, "streams")["shop-invoke-web"]
    assert (by_url["Action"], by_url["Resource"]) == (["lambda:InvokeFunctionUrl"], LIVE)
    assert by_url["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
    assert (function["Action"], function["Resource"]) == (["lambda:InvokeFunction"], LIVE)
    assert function["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}


@each_private
@pytest.mark.parametrize("through", [None, "vpce-of-others", "its own"])
def test_a_private_api_is_called_through_its_endpoint_alone(echo: Path, which: str, through: str | None) -> None:
    statements = documents(echo, which)["shop-api"]
    context = {"aws:SourceVpce": ENDPOINTS[which] if through == "its own" else through}
    assert allows(statements, context) == (through == "its own")
    api = declared_on_lambda(echo, which)["shop-api"]
    assert api.inputs["endpointConfiguration"] == {"types": "PRIVATE", "vpcEndpointIds": [ENDPOINTS[which]]}


def allows(statements: list[dict[str, Any]], context: dict[str, str | None]) -> bool:
    """Whether an API's policy lets anybody call with that context: a denial outweighs all that allows."""
    for statement in statements:
        assert (statement["Principal"], statement["Action"], statement["Resource"]) == (
            "*",
            "execute-api:Invoke",
            "execute-api:/*",
        )
    effects = {statement["Effect"] for statement in statements if holds(statement.get("Condition", {}), context)}
    return effects == {"Allow"}


def holds(condition: dict[str, dict[str, str]], context: dict[str, str | None]) -> bool:
    """`StringNotEquals` holds too where the request has no such key
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html)."""
    assert condition.keys() <= {"StringNotEquals"}
    return all(context.get(key) != value for key, value in condition.get("StringNotEquals", {}).items())


def test_an_endpoint_that_is_made_leads_to_apis_of_this_account_alone(echo: Path) -> None:
    made = declared_on_lambda(echo, "private")["shop-private-endpoint"]
    assert made.inputs["privateDnsEnabled"] is False, "it would take over the names of all other APIs in the VPC"
    (statement,) = documents(echo, "private")["shop-private-endpoint"]
    assert statement == {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:*",
    }
