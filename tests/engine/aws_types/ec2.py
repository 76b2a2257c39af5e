"""The resource types of pulumi-aws for networks."""

from __future__ import annotations

from aws_calls import Ask, AwsType, Call, Props, region

_MEMBERS = ("subnetIds", "securityGroupIds", "privateDnsEnabled", "policy")


def _endpoint(props: Props) -> Props:
    shaped = {name: value for name, value in props.items() if name != "tags"}
    tags = [{"key": key, "value": value} for key, value in sorted((props.get("tags") or {}).items())]
    if tags:
        shaped["tagSpecifications"] = [{"resourceType": "vpc-endpoint", "tags": tags}]
    return shaped


def _changed_endpoint(before: Props, after: Props) -> Props:
    """What an endpoint gets besides and no longer has."""
    changed: Props = {"id": after["id"]}
    for name in ("subnetIds", "securityGroupIds"):
        old, new = set(before.get(name) or []), set(after.get(name) or [])
        parts = {f"add{name}": sorted(new - old), f"remove{name}": sorted(old - new)}
        changed |= {part: ids for part, ids in parts.items() if ids}
    if before.get("privateDnsEnabled") != after.get("privateDnsEnabled"):
        changed["privateDnsEnabled"] = after.get("privateDnsEnabled", False)
    if before.get("policy") != after.get("policy"):
        changed |= {"policy": after["policy"]} if after.get("policy") else {"resetPolicy": True}
    return changed


def _described_endpoint(ask: Ask, props: Props, described: Props) -> Props | None:
    if described["State"].lower() == "deleted":
        return None
    arn = f"arn:aws:ec2:{region()}:{described['OwnerId']}:vpc-endpoint/{described['VpcEndpointId']}"
    names = [{"dnsName": each["DnsName"], "hostedZoneId": each.get("HostedZoneId")} for each in described["DnsEntries"]]
    return {**described, "Arn": arn, "Names": names}


TYPES: dict[str, AwsType] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": AwsType(
        "ec2",
        (
            Call(
                "CreateVpcEndpoint",
                ("vpcId", "serviceName", "vpcEndpointType", *_MEMBERS, "tags"),
                {"policy": "PolicyDocument"},
                _endpoint,
            ),
        ),
        ("DescribeVpcEndpoints", "VpcEndpoints.0"),
        "DeleteVpcEndpoints",
        lambda props: {"VpcEndpointIds": [props["id"]]},
        lambda props: str(props["id"]),
        update=(
            Call(
                "ModifyVpcEndpoint",
                ("id", *_MEMBERS),
                {"id": "VpcEndpointId", "policy": "PolicyDocument"},
                differing=_changed_endpoint,
            ),
        ),
        forces=frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
        computed={
            "arn": "Arn",
            "state": "State",
            "dnsEntries": "Names",
            "networkInterfaceIds": "NetworkInterfaceIds",
            "ownerId": "OwnerId",
        },
        assigned={"id": lambda answer: answer["VpcEndpoint"]["VpcEndpointId"] if "VpcEndpoint" in answer else None},
        seen=_described_endpoint,
    ),
}
