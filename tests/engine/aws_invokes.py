"""The functions of pulumi-aws that the targets call."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from aws_calls import Props, region


def invoke(function: str, arguments: Props, client: Callable[[str], Any]) -> Props:
    """What a function answers; `client` makes clients of AWS's services."""
    match function:
        case "getCallerIdentity":
            identity = client("sts").get_caller_identity()
            return {
                "accountId": identity["Account"],
                "arn": identity["Arn"],
                "userId": identity["UserId"],
                "id": identity["Account"],
            }
        case "getRegion":
            return {"id": region(), "region": region(), "name": region(), "description": "", "endpoint": ""}
        case "getAuthorizationToken":
            token = client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
            user, _, password = base64.b64decode(token).decode().partition(":")
            place = {"id": region(), "region": region(), "proxyEndpoint": "", "expiresAt": ""}
            return {**place, "authorizationToken": token, "userName": user, "password": password}
        case "getSubnet":
            return _subnet(arguments, client("ec2"))
    raise NotImplementedError(f"the function {function} is not known here")


def _subnet(arguments: Props, ec2: Any) -> Props:
    if arguments.keys() != {"id"}:
        raise NotImplementedError(f"getSubnet is known by id alone here, not by {sorted(arguments)}")
    (subnet,) = ec2.describe_subnets(SubnetIds=[arguments["id"]])["Subnets"]
    return {
        "id": subnet["SubnetId"],
        "arn": subnet["SubnetArn"],
        "vpcId": subnet["VpcId"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "cidrBlock": subnet["CidrBlock"],
        "ownerId": subnet["OwnerId"],
        "state": subnet["State"],
        "tags": {tag["Key"]: tag["Value"] for tag in subnet.get("Tags", [])},
        "region": region(),
    }
