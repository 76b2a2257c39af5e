"""Every type of the Lambda target's stand-in on the real engine: it stands, stays, changes and goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cloud import CloudStack, client, everything, versions

PROGRAM = (Path(__file__).parent / "programs" / "every_lambda_type.py").read_text()
ADDRESSES = ("rest_url", "http_url", "function_url", "http_execution", "rest_execution", "invoke_arn", "stream_arn")


@pytest.fixture
def network(cloud: CloudStack) -> None:
    """The VPC of the account and a subnet of it, which the program is told of."""
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"][0]["GroupId"]
    cloud.configure("subnet", subnet)
    cloud.configure("group", group)


def test_each_type_stands_changes_and_goes(cloud: CloudStack, network: None) -> None:
    (cloud.folder / "__main__.py").write_text(PROGRAM)
    client("apigateway").update_account(
        patchOperations=[
            {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::123456789012:role/logs"}
        ]
    )
    cloud.configure("memory", "512")
    cloud.run("up", "--yes", "--skip-preview")
    assert cloud.planned() == {}, "what stands is what the program says"
    outputs = cloud.outputs()
    assert outputs["version"] == "1"
    assert outputs["qualified_arn"].endswith(":function:shop:1")
    for name in ADDRESSES:
        assert outputs[name].startswith(("https://", "arn:aws:")), name
    assert everything()["provisioned"]
    policy = json.loads(client("lambda").get_policy(FunctionName="shop")["Policy"])
    opened = [each["Sid"] for each in policy["Statement"] if each["Principal"] == "*"]
    assert opened == ["FunctionURLAllowPublicAccess", "FunctionURLAllowInvokeAction"], "a URL for all is one indeed"
    cloud.refresh()
    assert cloud.planned() == {}, "nor has a refresh found anything else"

    cloud.configure("memory", "1024")
    assert cloud.planned() == {"function": "update", "provisioned": "replace"}, "the version to come is not known yet"
    cloud.run("up", "--yes", "--skip-preview")
    assert cloud.outputs()["version"] == "2"
    assert versions("shop") == ["1", "2"]
    cloud.configure("team", "other")
    planned = cloud.planned()
    assert set(planned) == {"function", "http", "http-stage", "rest", "rest-stage", "endpoint", "logs"}
    assert set(planned.values()) == {"update"}
    cloud.run("up", "--yes", "--skip-preview")
    assert versions("shop") == ["1", "2"], "tags alone publish nothing"
    assert client("lambda").get_function(FunctionName="shop")["Tags"] == {"team": "other"}

    cloud.destroy()
    assert everything() == {}
