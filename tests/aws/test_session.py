"""The credentials that a stack's configuration names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from loopback import aws_on_loopback

from modelberth_platform.aws.session import account_of, client, partition_of, region_of, session
from modelberth_platform.errors import UserError


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with aws_on_loopback(monkeypatch):
        yield


def test_those_of_the_environment() -> None:
    assert region_of(session(None)) == "eu-central-1"
    assert region_of(session("eu-west-1")) == "eu-west-1"


@pytest.mark.parametrize("written", [json.dumps, list])
def test_a_role_that_is_assumed(written: type) -> None:
    roles = [{"roleArn": "arn:aws:iam::123456789012:role/deployer", "sessionName": "ci", "externalId": "extern"}]
    found = session("eu-central-1", {"assumeRoles": written(roles)})
    assert client(found, "sts").get_caller_identity()["Arn"].endswith(":assumed-role/deployer/ci")


def test_keys_of_the_configuration() -> None:
    found = session("eu-central-1", {"accessKey": "one", "secretKey": "two"})
    credentials = found.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == ("one", "two")


def test_a_profile_that_is_none() -> None:
    with pytest.raises(UserError, match=r"cannot be used: The config profile \(nobody\) could not be found"):
        session("eu-central-1", {"profile": "nobody"})


def test_no_region_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(UserError, match="pulumi config set aws:region"):
        region_of(session(None))


@pytest.mark.parametrize(
    ("config", "account"),
    [
        ({}, None),
        ({"allowedAccountIds": ["123456789012"]}, "123456789012"),
        ({"allowedAccountIds": '["123456789012"]'}, "123456789012"),
        ({"allowedAccountIds": ["123456789012", "210987654321"]}, None),
        ({"assumeRoles": [{"roleArn": "arn:aws:iam::123456789012:role/deployer"}]}, "123456789012"),
        ({"assumeRoles": '[{"roleArn": "arn:aws-cn:iam::123456789012:role/deployer"}]'}, "123456789012"),
        (
            {
                "assumeRoles": [
                    {"roleArn": "arn:aws:iam::210987654321:role/first"},
                    {"roleArn": "arn:aws:iam::123456789012:role/last"},
                ]
            },
            "123456789012",
        ),
        ({"assumeRoles": "secret"}, None),
        ({"assumeRoles": [{"roleArn": {"secure": "v1:abc"}}]}, None),
    ],
)
def test_the_account_that_the_configuration_names(config: dict[str, Any], account: str | None) -> None:
    assert account_of(config) == account


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("*", "aws")],
)
def test_the_partition_of_a_region(region: str, partition: str) -> None:
    assert partition_of(region) == partition
