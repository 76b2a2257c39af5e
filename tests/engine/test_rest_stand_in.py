"""The stand-in for REST APIs refuses what AWS refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.stand_in import BAD, GATEWAYS, INVOKED, NO_LOGS, STREAMED, account, client, log_group, refused

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}],
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with account(monkeypatch):
        yield


@pytest.fixture
def rest() -> str:
    return create()


def create(**wanted: Any) -> str:
    regional = {"endpointConfiguration": {"types": ["REGIONAL"]}}
    return str(client("apigateway").create_rest_api(**{"name": "shop", **regional, **wanted})["id"])


def put(api: str, document: dict[str, Any] | None = None, **integration: Any) -> None:
    """Import a document, or one whose only integration this is."""
    wanted = {"type": "aws_proxy", "httpMethod": "POST", "uri": INVOKED, **integration}
    methods = {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": wanted}}
    made = {"openapi": "3.0.1", "info": {"title": "shop", "version": "1"}, "paths": {"/": methods, "/{all+}": methods}}
    client("apigateway").put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(document or made))


def deploy(api: str) -> str:
    return str(client("apigateway").create_deployment(restApiId=api)["id"])


def staged(api: str) -> str:
    """Deploy the API to the stage `live`; returns the deployment."""
    put(api)
    deployment = deploy(api)
    client("apigateway").create_stage(restApiId=api, stageName="live", deploymentId=deployment)
    return deployment


def patch(api: str, path: str, value: str = "", op: str = "replace") -> dict[str, Any]:
    operation = {"op": op, "path": path, **({"value": value} if value else {})}
    return dict(client("apigateway").update_stage(restApiId=api, stageName="live", patchOperations=[operation]))


@pytest.mark.parametrize(
    ("integration", "words"),
    [
        ({"responseTransferMode": "STREAM"}, f"Invalid ResponseTransferMode STREAM for the integration URI {INVOKED}"),
        ({"uri": STREAMED}, "Invalid ResponseTransferMode BUFFERED"),
        ({"timeoutInMillis": 29001}, "between 50 ms and 29000 ms"),
        ({"timeoutInMillis": 49}, "between 50 ms and 29000 ms"),
        (
            {"uri": STREAMED, "responseTransferMode": "STREAM", "timeoutInMillis": 900_001},
            "between 50 ms and 900000 ms",
        ),
        ({"httpMethod": "GET"}, "invoked by POST"),
        ({"httpMethod": ""}, "HttpMethod must be non-empty"),
        ({"uri": "shop"}, "Invalid ARN specified in the request"),
        ({"uri": f"{GATEWAYS}/shop"}, "must contain path or action"),
    ],
)
def test_integrations_that_cannot_be(rest: str, integration: dict[str, Any], words: str) -> None:
    with refused(BAD, words):
        put(rest, **integration)


def test_a_document_that_is_none(rest: str) -> None:
    with refused(BAD, "Invalid OpenAPI input"):
        put(rest, {"swagger": "2.0", "paths": {}})


def test_an_import_says_what_the_api_is(rest: str) -> None:
    put(rest, uri=STREAMED, responseTransferMode="STREAM", timeoutInMillis=900_000)
    put(rest)
    found = client("apigateway").get_resources(restApiId=rest)["items"]
    assert {each["path"]: list(each["resourceMethods"]) for each in found} == {"/": ["ANY"], "/{all+}": ["ANY"]}


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ({"types": ["PRIVATE"], "ipAddressType": "ipv4"}, "Only dualstack ipAddressType is supported"),
        ({"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"]}, "Invalid VPC endpoint vpce-1"),
        ({"types": ["REGIONAL"], "vpcEndpointIds": ["vpce-1"]}, "only be specified with PRIVATE"),
    ],
)
def test_endpoints_that_cannot_be(endpoint: dict[str, Any], words: str) -> None:
    with refused(BAD, words):
        create(endpointConfiguration=endpoint)


def test_a_private_api_without_a_policy_is_not_deployed() -> None:
    api = create(endpointConfiguration={"types": ["PRIVATE"]})
    put(api)
    with refused(BAD, "Private REST API doesn't have a resource policy attached to it"):
        deploy(api)
    operation = {"op": "replace", "path": "/policy", "value": json.dumps(POLICY)}
    client("apigateway").update_rest_api(restApiId=api, patchOperations=[operation])
    assert deploy(api)


def test_a_deployment_that_is_not_there(rest: str) -> None:
    with refused(BAD, "Deployment id does not exist"):
        client("apigateway").create_stage(restApiId=rest, stageName="live", deploymentId="none")
    staged(rest)
    with refused(BAD, "Deployment id does not exist"):
        patch(rest, "/deploymentId", "none")


def test_a_deployment_in_use_stays(rest: str) -> None:
    first = staged(rest)
    with refused(BAD, "Active stages pointing to this deployment must be moved or deleted"):
        client("apigateway").delete_deployment(restApiId=rest, deploymentId=first)
    patch(rest, "/deploymentId", deploy(rest))
    client("apigateway").delete_deployment(restApiId=rest, deploymentId=first)


@pytest.mark.parametrize(
    ("path", "value"), [("/accessLogSettings/destinationArn", NO_LOGS), ("/*/*/logging/loglevel", "INFO")]
)
def test_logs_without_the_account_s_role(rest: str, path: str, value: str) -> None:
    staged(rest)
    with refused(BAD, "CloudWatch Logs role ARN must be set in account settings to enable logging"):
        patch(rest, path, value)
    patch(rest, "/*/*/metrics/enabled", "true")


def test_access_logs_that_go_nowhere(rest: str) -> None:
    staged(rest)
    role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::123456789012:role/logs"}
    client("apigateway").update_account(patchOperations=[role])
    with refused(BAD, "the access log does not exist"):
        patch(rest, "/accessLogSettings/destinationArn", NO_LOGS)
    stage = patch(rest, "/accessLogSettings/destinationArn", log_group())
    assert stage["accessLogSettings"]["destinationArn"].endswith(":/shop")


def test_settings_of_methods_go(rest: str) -> None:
    staged(rest)
    assert patch(rest, "/*/*/throttling/burstLimit", "3")["methodSettings"]["*/*"]["throttlingBurstLimit"] == 3
    assert patch(rest, "/*/*", op="remove")["methodSettings"] == {}
    with refused(BAD, "Cannot remove method setting */*"):
        patch(rest, "/*/*", op="remove")


def test_what_an_api_is_changed_to() -> None:
    api = create(binaryMediaTypes=["*/*"], tags={"a": "1"})
    gateway = client("apigateway")
    operations = [
        {"op": "remove", "path": "/binaryMediaTypes/*~1*"},
        {"op": "add", "path": "/binaryMediaTypes/image~1png"},
        {"op": "replace", "path": "/description", "value": "shop"},
    ]
    changed = gateway.update_rest_api(restApiId=api, patchOperations=operations)
    assert (changed["binaryMediaTypes"], changed["description"]) == (["image/png"], "shop")
    with refused(BAD, "Invalid patch path /none"):
        gateway.update_rest_api(restApiId=api, patchOperations=[{"op": "replace", "path": "/none", "value": "1"}])
    arn = f"arn:aws:apigateway:eu-central-1::/restapis/{api}"
    gateway.tag_resource(resourceArn=arn, tags={"b": "2"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}
