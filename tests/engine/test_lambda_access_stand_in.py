"""The stand-in for Lambda's aliases, policies and URLs refuses what AWS refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.stand_in import (
    CONFLICT,
    INVALID,
    MISSING,
    OUT_OF_BOUNDS,
    STALE,
    account,
    client,
    function,
    published,
    refused,
    role,
)

WEIGHTS = "routingConfig.additionalVersionWeights"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the function `shop`, which has the versions 1 and 2 and the alias `live` of the first."""
    with account(monkeypatch):
        function(Publish=True)
        published(MemorySize=256)
        client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
        yield


def update(**changes: Any) -> dict[str, Any]:
    return dict(client("lambda").update_alias(FunctionName="shop", Name="live", **changes))


@pytest.mark.parametrize(
    ("version", "weights", "code", "words"),
    [
        ("1", {"2": 1.1}, OUT_OF_BOUNDS, f"'{{2=1.1}}' at '{WEIGHTS}'"),
        ("1", {"2": -0.1}, OUT_OF_BOUNDS, f"'{{2=-0.1}}' at '{WEIGHTS}'"),
        ("1", {"9": 0.1}, MISSING, "Function not found"),
        ("1", {"$LATEST": 0.1}, OUT_OF_BOUNDS, "regular expression pattern: [0-9]+"),
        ("1", {"1": 0.1}, INVALID, "already included in routing configuration"),
        ("$LATEST", {"1": 0.1}, INVALID, "$LATEST is not supported"),
        ("1", {"2": 0.1, "3": 0.1}, INVALID, "cannot be greater than 1"),
        ("9", {}, MISSING, "Function not found"),
    ],
)
def test_what_an_alias_cannot_point_to(version: str, weights: dict[str, float], code: str, words: str) -> None:
    routing = {"AdditionalVersionWeights": weights}
    with refused(code, words):
        update(FunctionVersion=version, RoutingConfig=routing)
    with refused(code, words):
        client("lambda").create_alias(FunctionName="shop", Name="other", FunctionVersion=version, RoutingConfig=routing)
    assert client("lambda").get_alias(FunctionName="shop", Name="live")["FunctionVersion"] == "1"


def test_two_versions_behind_an_alias_have_one_role() -> None:
    other = published(Role=role())
    with refused(INVALID, "same execution role"):
        update(RoutingConfig={"AdditionalVersionWeights": {other: 0.1}})


def test_an_alias_moves_step_by_step() -> None:
    half = {"AdditionalVersionWeights": {"2": 0.5}}
    assert update(RoutingConfig=half)["RoutingConfig"] == half
    assert update(Description="half")["RoutingConfig"] == half, "what is left out stays"
    moved = update(FunctionVersion="2", RoutingConfig={})
    assert (moved["FunctionVersion"], "RoutingConfig" in moved) == ("2", False)


def test_an_alias_is_not_changed_on_an_older_revision() -> None:
    revision = client("lambda").get_alias(FunctionName="shop", Name="live")["RevisionId"]
    update(FunctionVersion="2", RevisionId=revision)
    with refused(STALE, "does not match the latest Revision Id"):
        update(FunctionVersion="1", RevisionId=revision)


@pytest.mark.parametrize("name", ["live", "7"])
def test_names_that_no_alias_can_get(name: str) -> None:
    code = CONFLICT if name == "live" else OUT_OF_BOUNDS
    with refused(code, name):
        client("lambda").create_alias(FunctionName="shop", Name=name, FunctionVersion="1")


@pytest.mark.parametrize("operation", ["get_alias", "update_alias"])
def test_an_alias_that_is_not_there(operation: str) -> None:
    with refused(MISSING, "Cannot find alias arn"):
        getattr(client("lambda"), operation)(FunctionName="shop", Name="none")


def test_versions_that_cannot_be_deleted() -> None:
    delete = client("lambda").delete_function
    update(RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})
    for version in ("1", "2"):
        with refused(CONFLICT, "because the following aliases reference it: [live]"):
            delete(FunctionName="shop", Qualifier=version)
    with refused(INVALID, "$LATEST version cannot be deleted"):
        delete(FunctionName="shop", Qualifier="$LATEST")
    with refused(INVALID, "Deletion of aliases is not currently supported"):
        delete(FunctionName="shop", Qualifier="live")
    update(FunctionVersion="2", RoutingConfig={})
    delete(FunctionName="shop", Qualifier="1")
    with refused(MISSING, "Function not found"):
        client("lambda").get_function(FunctionName="shop", Qualifier="1")


def allow(**more: Any) -> dict[str, Any]:
    wanted = {"FunctionName": "shop", "StatementId": "one", "Action": "lambda:InvokeFunction", **more}
    return dict(json.loads(client("lambda").add_permission(**wanted)["Statement"]))


def policy(**qualifier: str) -> list[dict[str, Any]]:
    found = client("lambda").get_policy(FunctionName="shop", **qualifier)
    return list(json.loads(found["Policy"])["Statement"])


ARN = "arn:aws:execute-api:eu-central-1:123456789012:api/*"
GATEWAY: dict[str, Any] = {"Principal": "apigateway.amazonaws.com", "SourceArn": ARN}


@pytest.mark.parametrize(
    ("wanted", "code", "words"),
    [
        ({"Principal": "apigateway.amazonaws.com"}, INVALID, "say SourceArn or SourceAccount"),
        ({**GATEWAY, "Qualifier": "9"}, MISSING, "Function not found"),
        ({**GATEWAY, "Qualifier": "none"}, MISSING, "Cannot find alias arn"),
        ({**GATEWAY, "Qualifier": "$LATEST"}, INVALID, "adding policies for $LATEST"),
        ({"Principal": "*", "FunctionUrlAuthType": "NONE"}, INVALID, "only supported for"),
    ],
)
def test_what_nobody_may_be_allowed(wanted: dict[str, Any], code: str, words: str) -> None:
    with refused(code, words):
        allow(**wanted)


def test_a_policy_is_that_of_an_alias_alone() -> None:
    statement = allow(**GATEWAY, Qualifier="live")
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert statement["Resource"].endswith(":function:shop:live")
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": ARN}}
    with refused(MISSING, "The resource you requested does not exist"):
        policy()
    with refused(CONFLICT, "The statement id (one) provided already exists"):
        allow(**GATEWAY, Qualifier="live")
    allow(Principal="210987654321")
    assert [each["Principal"] for each in policy()] == [{"AWS": "arn:aws:iam::210987654321:root"}]
    remove = client("lambda").remove_permission
    with refused(MISSING, "Statement two is not found in resource policy"):
        remove(FunctionName="shop", StatementId="two")
    remove(FunctionName="shop", StatementId="one", Qualifier="live")
    with refused(MISSING, "The resource you requested does not exist"):
        policy(Qualifier="live")


def test_the_conditions_of_a_url_for_all() -> None:
    allow(StatementId="a", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    allow(StatementId="b", Principal="*", InvokedViaFunctionUrl=True)
    assert [each["Condition"] for each in policy()] == [
        {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    ]


def url(**more: Any) -> dict[str, Any]:
    return dict(client("lambda").create_function_url_config(FunctionName="shop", AuthType="AWS_IAM", **more))


@pytest.mark.parametrize(
    ("wanted", "code", "words"),
    [
        ({"Qualifier": "1"}, OUT_OF_BOUNDS, "'1' at 'qualifier'"),
        ({"Qualifier": "none"}, MISSING, "Cannot find alias arn"),
        ({"InvokeMode": "STREAM"}, OUT_OF_BOUNDS, "'STREAM' at 'invokeMode'"),
        ({"Qualifier": "live"}, CONFLICT, "FunctionUrlConfig exists for this Lambda function"),
    ],
)
def test_what_has_no_url(wanted: dict[str, Any], code: str, words: str) -> None:
    url(Qualifier="live")
    with refused(code, words):
        url(**wanted)


def test_a_url_is_that_of_an_alias_alone() -> None:
    made = url(Qualifier="live", InvokeMode="RESPONSE_STREAM")
    assert made["FunctionUrl"].endswith(".lambda-url.eu-central-1.on.aws/")
    with refused(MISSING, "The resource you requested does not exist"):
        client("lambda").get_function_url_config(FunctionName="shop")
    client("lambda").update_function_url_config(FunctionName="shop", Qualifier="live", AuthType="NONE")
    found = client("lambda").get_function_url_config(FunctionName="shop", Qualifier="live")
    assert (found["AuthType"], found["InvokeMode"]) == ("NONE", "RESPONSE_STREAM")
    client("lambda").delete_alias(FunctionName="shop", Name="live")
    client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    with refused(MISSING, "The resource you requested does not exist"):
        client("lambda").get_function_url_config(FunctionName="shop", Qualifier="live")
