"""The stand-ins for HTTP APIs, REST APIs and VPC endpoints refuse what AWS refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.stand_in import BAD, INVOKED, NO_LOGS, account, client, log_group, refused


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with account(monkeypatch):
        yield


# HTTP APIs


@pytest.fixture
def http() -> str:
    return str(client("apigatewayv2").create_api(Name="shop", ProtocolType="HTTP")["ApiId"])


def integrate(api: str, **more: Any) -> str:
    wanted = {"IntegrationType": "AWS_PROXY", "IntegrationUri": INVOKED, "PayloadFormatVersion": "2.0", **more}
    return str(client("apigatewayv2").create_integration(ApiId=api, **wanted)["IntegrationId"])


def route(api: str, **wanted: Any) -> str:
    return str(client("apigatewayv2").create_route(ApiId=api, **{"RouteKey": "$default", **wanted})["RouteId"])


def authorizer(api: str, **jwt: Any) -> str:
    wanted = {"AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"], "Name": "shop"}
    made = client("apigatewayv2").create_authorizer(ApiId=api, **wanted, JwtConfiguration=jwt)
    return str(made["AuthorizerId"])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"Target": "integrations/none"}, "Unable to find Integration by ID none"),
        ({"AuthorizationType": "JWT"}, "authorization type to JWT requires a valid authorizer"),
        ({"AuthorizationType": "JWT", "AuthorizerId": "none"}, "requires a valid authorizer"),
        ({"AuthorizationScopes": ["read"]}, "only supported for the authorization type JWT"),
    ],
)
def test_routes_that_lead_nowhere(http: str, wanted: dict[str, Any], words: str) -> None:
    with refused(BAD, words):
        route(http, **wanted)
    made = route(http)
    with refused(BAD, words):
        client("apigatewayv2").update_route(ApiId=http, RouteId=made, **wanted)


def test_a_second_route_of_the_same_key(http: str) -> None:
    first = route(http)
    with refused("ConflictException", "Route with key $default already exists"):
        route(http)
    client("apigatewayv2").update_route(ApiId=http, RouteId=first, RouteKey="$default")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"TimeoutInMillis": 30001}, "between 50 ms and 30000 ms"),
        ({"TimeoutInMillis": 49}, "between 50 ms and 30000 ms"),
        ({"PayloadFormatVersion": "3.0"}, "Invalid PayloadFormatVersion"),
        ({"PayloadFormatVersion": None}, "PayloadFormatVersion is a required parameter"),
    ],
)
def test_integrations_that_cannot_be(http: str, wanted: dict[str, Any], words: str) -> None:
    with refused(BAD, words):
        integrate(http, **wanted)


def test_what_a_route_uses_stays(http: str) -> None:
    used, unused = integrate(http), integrate(http)
    checks = authorizer(http, Issuer="https://issuer.example.com", Audience=["shop"])
    made = route(http, Target=f"integrations/{used}", AuthorizationType="JWT", AuthorizerId=checks)
    gateway = client("apigatewayv2")
    gateway.delete_integration(ApiId=http, IntegrationId=unused)
    with refused("ConflictException", f"Cannot delete Integration '{used}'"):
        gateway.delete_integration(ApiId=http, IntegrationId=used)
    with refused("ConflictException", f"Cannot delete Authorizer '{checks}'"):
        gateway.delete_authorizer(ApiId=http, AuthorizerId=checks)
    gateway.delete_route(ApiId=http, RouteId=made)
    gateway.delete_integration(ApiId=http, IntegrationId=used)
    gateway.delete_authorizer(ApiId=http, AuthorizerId=checks)


def test_an_authorizer_that_trusts_nobody(http: str) -> None:
    with refused(BAD, "need an issuer and an audience"):
        authorizer(http, Issuer="https://issuer.example.com")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"DestinationArn": NO_LOGS, "Format": "$context.requestId"},
            "the access log does not exist",
        ),
        ({"DestinationArn": "none", "Format": "$context.requestId"}, "ARN is not well formed none"),
    ],
)
def test_access_logs_of_an_http_api_that_go_nowhere(http: str, settings: dict[str, str], words: str) -> None:
    gateway = client("apigatewayv2")
    with refused(BAD, words):
        gateway.create_stage(ApiId=http, StageName="$default", AccessLogSettings=settings)
    gateway.create_stage(ApiId=http, StageName="$default")
    with refused(BAD, words):
        gateway.update_stage(ApiId=http, StageName="$default", AccessLogSettings=settings)


def test_a_stage_of_an_http_api_changes(http: str) -> None:
    gateway = client("apigatewayv2")
    settings = {"DestinationArn": log_group(), "Format": "$context.requestId"}
    gateway.create_stage(ApiId=http, StageName="$default", AutoDeploy=True, Tags={"a": "1"}, AccessLogSettings=settings)
    with refused("ConflictException", "Stage already exists"):
        gateway.create_stage(ApiId=http, StageName="$default")
    gateway.update_stage(ApiId=http, StageName="$default", DefaultRouteSettings={"ThrottlingBurstLimit": 3})
    arn = f"arn:aws:apigateway:eu-central-1::/apis/{http}/stages/$default"
    gateway.tag_resource(ResourceArn=arn, Tags={"b": "2"})
    gateway.untag_resource(ResourceArn=arn, TagKeys=["a"])
    gateway.delete_access_log_settings(ApiId=http, StageName="$default")
    stage = gateway.get_stage(ApiId=http, StageName="$default")
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 3
    assert (stage["AutoDeploy"], stage["Tags"], "AccessLogSettings" in stage) == (True, {"b": "2"}, False)


def test_an_http_api_without_routes_is_not_deployed(http: str) -> None:
    with refused(BAD, "At least one route is required"):
        client("apigatewayv2").create_deployment(ApiId=http)
    route(http)
    assert client("apigatewayv2").create_deployment(ApiId=http)["DeploymentStatus"] == "DEPLOYED"


# VPC endpoints


@pytest.fixture
def subnets() -> list[str]:
    """The subnets of the account's own VPC, each in a zone of its own."""
    return [each["SubnetId"] for each in client("ec2").describe_subnets()["Subnets"]]


def endpoint(**wanted: Any) -> str:
    vpc = client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    service = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-central-1.execute-api"}
    made = client("ec2").create_vpc_endpoint(**{"VpcId": vpc, "PrivateDnsEnabled": False, **service, **wanted})
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def other_network() -> tuple[str, str]:
    """A VPC and a subnet of it."""
    vpc = client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return vpc, str(client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"])


def test_a_subnet_of_another_network(subnets: list[str]) -> None:
    _, other = other_network()
    with refused("InvalidParameter", f"Subnet {other} is in the VPC"):
        endpoint(SubnetIds=[other])
    made = endpoint(SubnetIds=subnets[:1])
    with refused("InvalidParameter", f"Subnet {other} is in the VPC"):
        client("ec2").modify_vpc_endpoint(VpcEndpointId=made, AddSubnetIds=[other])


def test_security_groups_that_are_not_of_the_network(subnets: list[str]) -> None:
    vpc, _ = other_network()
    group = client("ec2").create_security_group(GroupName="other", Description="other", VpcId=vpc)["GroupId"]
    with refused("InvalidParameter", f"Security group {group} is in the VPC"):
        endpoint(SubnetIds=subnets[:1], SecurityGroupIds=[group])
    with refused("InvalidGroup.NotFound", "sg-1"):
        endpoint(SubnetIds=subnets[:1], SecurityGroupIds=["sg-1"])


def test_two_subnets_of_one_zone() -> None:
    vpc, first = other_network()
    zone = client("ec2").describe_subnets(SubnetIds=[first])["Subnets"][0]["AvailabilityZone"]
    second = client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.9.2.0/24", AvailabilityZone=zone)["Subnet"][
        "SubnetId"
    ]
    with refused("DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet"):
        endpoint(VpcId=vpc, SubnetIds=[first, second])


def test_private_names_that_a_network_cannot_have(subnets: list[str]) -> None:
    vpc, subnet = other_network()
    with refused("InvalidParameter", "requires both enableDnsSupport and enableDnsHostnames"):
        endpoint(VpcId=vpc, SubnetIds=[subnet], PrivateDnsEnabled=True)
    endpoint(SubnetIds=subnets[:1], PrivateDnsEnabled=True)
    with refused("InvalidParameter", "already a conflicting DNS domain"):
        endpoint(SubnetIds=subnets[:1], PrivateDnsEnabled=True)


def test_subnets_for_a_gateway_endpoint(subnets: list[str]) -> None:
    with refused("InvalidParameter", "for endpoints of the type Interface"):
        endpoint(VpcEndpointType="Gateway", SubnetIds=subnets[:1])


def test_a_deleted_endpoint_is_gone(subnets: list[str]) -> None:
    made = endpoint(SubnetIds=subnets[:1])
    client("ec2").modify_vpc_endpoint(VpcEndpointId=made, PrivateDnsEnabled=True)
    assert client("ec2").describe_vpc_endpoints()["VpcEndpoints"][0]["PrivateDnsEnabled"] is True
    client("ec2").delete_vpc_endpoints(VpcEndpointIds=[made])
    assert client("ec2").describe_vpc_endpoints()["VpcEndpoints"] == []
