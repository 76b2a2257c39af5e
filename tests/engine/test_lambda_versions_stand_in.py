"""The versions and invocations of the stand-in for Lambda: AWS's states, and what it refuses in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from engine import fate
from engine.fate import FATE, Answer, ApiCall
from engine.stand_in import (
    CONFLICT,
    IMAGE,
    INVALID,
    OTHER,
    STALE,
    account,
    client,
    function,
    published,
    refused,
    role,
    settle,
)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with account(monkeypatch):
        yield


def test_a_version_goes_through_its_states() -> None:
    function()
    aws = client("lambda")
    version = aws.publish_version(FunctionName="shop")
    assert (version["Version"], version["State"]) == ("1", "Pending")
    with fate.lasting(3):
        assert aws.publish_version(FunctionName="shop")["Version"] == "1", "nothing has changed"
        aws.update_function_configuration(FunctionName="shop", MemorySize=256)
        assert [_status() for _ in range(4)] == ["InProgress", "InProgress", "InProgress", "Successful"]
    assert published() == "2"
    assert settle(qualifier="1") == "Active"
    assert published(MemorySize=128) == "3"
    aws.delete_function(FunctionName="shop", Qualifier="3")
    assert published(MemorySize=512) == "4", "a number is never used twice"
    one, two = (aws.get_function_configuration(FunctionName="shop", Qualifier=each) for each in ("1", "2"))
    assert (one["MemorySize"], two["MemorySize"]) == (128, 256)


def _status() -> str:
    return str(client("lambda").get_function(FunctionName="shop")["Configuration"]["LastUpdateStatus"])


def test_the_image_of_a_version_stays() -> None:
    function(Publish=True)
    client("lambda").update_function_code(FunctionName="shop", ImageUri=OTHER)
    settle()
    images = [client("lambda").get_function(FunctionName="shop", Qualifier=each)["Code"] for each in ("1", "$LATEST")]
    assert [each["ImageUri"] for each in images] == [IMAGE, OTHER]


def test_a_version_that_cannot_start() -> None:
    function()
    FATE.unstartable[IMAGE] = "the image has no entry point"
    assert published() == "1"
    described = client("lambda").get_function_configuration(FunctionName="shop", Qualifier="1")
    assert (described["State"], described["StateReason"]) == ("Failed", "the image has no entry point")


def test_changes_while_another_one_is_under_way() -> None:
    client("lambda").create_function(FunctionName="shop", PackageType="Image", Code={"ImageUri": IMAGE}, Role=role())
    aws = client("lambda")
    changes: list[Callable[[], Any]] = [
        lambda: aws.update_function_code(FunctionName="shop", ImageUri=OTHER),
        lambda: aws.update_function_configuration(FunctionName="shop", MemorySize=512),
        lambda: aws.publish_version(FunctionName="shop"),
    ]
    for change in changes:
        with refused(CONFLICT, "in the following state: Pending"):
            change()
    settle()
    aws.update_function_configuration(FunctionName="shop", MemorySize=256)
    for change in changes:
        with refused(CONFLICT, "An update is in progress for resource"):
            change()


@pytest.mark.parametrize("operation", ["update_function_configuration", "update_function_code", "publish_version"])
def test_a_change_of_an_older_revision(operation: str) -> None:
    function()
    what = {"ImageUri": OTHER} if operation.endswith("code") else {}
    with refused(STALE, "does not match the latest Revision Id"):
        getattr(client("lambda"), operation)(FunctionName="shop", RevisionId="older", **what)


def test_the_code_of_another_digest_is_not_published() -> None:
    function()
    with refused(INVALID, "CodeSHA256 (other) is different"):
        client("lambda").publish_version(FunctionName="shop", CodeSha256="other")


# Invocations


def _invoke(**more: Any) -> dict[str, Any]:
    return dict(client("lambda").invoke(FunctionName="shop", **more))


def test_what_a_function_answers() -> None:
    function(Publish=True)
    assert settle(qualifier="1") == "Active"
    answer = _invoke(Qualifier="1", Payload=json.dumps({"rawPath": "/ping"}))
    assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (200, "1", False)
    assert json.loads(answer["Payload"].read())["statusCode"] == 200
    assert FATE.invocations == [fate.Invocation("shop", "1", "1", IMAGE, {"rawPath": "/ping"})]
    with fate.answering(IMAGE, fate.BROKEN):
        answer = _invoke(LogType="Tail")
        assert answer["FunctionError"] == "Unhandled"
        assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.ImportModuleError"
        assert answer["LogResult"]
    with fate.answering(IMAGE, lambda payload: Answer({"statusCode": payload["wanted"]})):
        assert json.loads(_invoke(Payload='{"wanted": 503}')["Payload"].read()) == {"statusCode": 503}


def test_an_alias_shares_its_invocations() -> None:
    function(Publish=True)
    published(MemorySize=256)
    weights = {"AdditionalVersionWeights": {"2": 0.25}}
    client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1", RoutingConfig=weights)
    settle(qualifier="1")
    ran = [_invoke(Qualifier="live")["ExecutedVersion"] for _ in range(8)]
    assert (ran.count("1"), ran.count("2")) == (6, 2)


def test_a_version_that_has_not_started_is_not_invoked() -> None:
    function(Publish=True)
    with refused(CONFLICT, "in the following state: Pending"):
        _invoke(Qualifier="1")


def test_a_function_without_concurrency_is_not_invoked() -> None:
    function()
    client("lambda").put_function_concurrency(FunctionName="shop", ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", "Rate Exceeded"):
        _invoke()


def test_every_call_is_noted() -> None:
    function()
    with pytest.raises(ClientError):
        client("lambda").get_policy(FunctionName="shop")
    client("apigatewayv2").get_apis()
    assert [str(call) for call in FATE.calls][:2] == ["iam:CreateRole", "lambda:CreateFunction"]
    assert FATE.calls[-1] == ApiCall("apigatewayv2", "GetApis", "GET", "/v2/apis")
    assert "lambda:GetPolicy" in [str(call) for call in FATE.calls]
    with fate.answering(IMAGE, fate.UNHEALTHY):
        _invoke()
    assert [call.action for call in FATE.calls][-2:] == ["apigateway:GET", "lambda:InvokeFunction"]
