"""What stands in front of a function, on the real engine: each kind stands, changes, and goes without a trace."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.cloud import FunctionStack, client, everything
from engine.cloud import image_elsewhere as image
from engine.stack import Failed

QUICK: dict[str, Any] = {"rollout": {"bake_seconds": 0}}
TOKENS = {"jwt": {"issuer": "https://login.example.com/", "audience": ["shop"], "scopes": ["shop/predict"]}}
EVERYBODY = {"public": {"reason": "a demo of the shop"}}
THROTTLE = {"requests_per_second": 5, "burst": 10}


def the_routes() -> list[dict[str, Any]]:
    (api,) = client("apigatewayv2").get_apis()["Items"]
    return list(client("apigatewayv2").get_routes(ApiId=api["ApiId"])["Items"])


def network() -> dict[str, Any]:
    """Two subnets and the security group of the account's default network."""
    ec2 = client("ec2")
    subnets = ec2.describe_subnets()["Subnets"][:2]
    (group,) = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [subnets[0]["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    return {"subnets": [subnet["SubnetId"] for subnet in subnets], "security_groups": [group["GroupId"]]}


def let_gateway_log() -> None:
    """Give API Gateway the role that an account sets once
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html)."""
    trust = {"Principal": {"Service": "apigateway.amazonaws.com"}, "Effect": "Allow", "Action": "sts:AssumeRole"}
    iam = client("iam")
    role = iam.create_role(RoleName="gateway-logs", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role["Role"]["Arn"]}
    client("apigateway").update_account(patchOperations=[operation])


def forget_gateway_logs() -> None:
    client("iam").delete_role(RoleName="gateway-logs")


def test_tokens(function: FunctionStack) -> None:
    function.deploy(image=image(1), **QUICK, access=TOKENS, throttle=THROTTLE, cors={"origins": ["https://shop.x"]})
    routes = the_routes()
    assert {(route["AuthorizationType"], tuple(route["AuthorizationScopes"])) for route in routes} == {
        ("JWT", ("shop/predict",))
    }
    (api,) = client("apigatewayv2").get_apis()["Items"]
    assert api["CorsConfiguration"]["AllowOrigins"] == ["https://shop.x"]
    authorizer = client("apigatewayv2").get_authorizer(ApiId=api["ApiId"], AuthorizerId=routes[0]["AuthorizerId"])
    assert authorizer["JwtConfiguration"] == {"Audience": ["shop"], "Issuer": "https://login.example.com/"}
    stage = client("apigatewayv2").get_stage(ApiId=api["ApiId"], StageName="$default")
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 10, "ThrottlingRateLimit": 5}
    assert function.planned() == {}

    function.arguments(image=image(1), **QUICK, access=EVERYBODY)
    preview = function.run("preview")
    assert "is public: everybody may call it, unidentified (a demo of the shop)" in preview
    function.deploy()
    assert {route["AuthorizationType"] for route in the_routes()} == {"NONE"}
    (api,) = client("apigatewayv2").get_apis()["Items"]
    assert api["Tags"]["modelberth:public"] == "a demo of the shop"
    assert function.planned() == {}


def test_private(function: FunctionStack) -> None:
    place = network()
    arguments: dict[str, Any] = {**QUICK, "access": "private", "network": place, "throttle": THROTTLE}
    with pytest.raises(Failed, match="CloudWatch Logs role ARN must be set in account settings"):
        function.deploy(image=image(1), **arguments)
    (api,) = client("apigateway").get_rest_apis()["items"]
    # Terraform's provider remembers the stage that it could only half make; the stand-in does not.
    client("apigateway").delete_stage(restApiId=api["id"], stageName="live")
    let_gateway_log()
    function.deploy()
    (endpoint,) = client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert (endpoint["VpcEndpointType"], endpoint["PrivateDnsEnabled"]) == ("Interface", False)
    assert sorted(endpoint["SubnetIds"]) == sorted(place["subnets"])
    assert api["endpointConfiguration"] == {"types": ["PRIVATE"], "vpcEndpointIds": [endpoint["VpcEndpointId"]]}
    host = f"{api['id']}-{endpoint['VpcEndpointId']}.execute-api.eu-central-1.amazonaws.com"
    assert function.outputs()["url"] == f"https://{host}/live/invocations"
    paths = {resource["path"] for resource in client("apigateway").get_resources(restApiId=api["id"])["items"]}
    assert paths - {"/"} == {"/invocations", "/ping", "/readyz", "/docs.json", "/schema.json"}
    (live,) = client("apigateway").get_stages(restApiId=api["id"])["item"]
    assert live["methodSettings"]["*/*"]["throttlingBurstLimit"] == 10
    (name,) = (each["FunctionName"] for each in client("lambda").list_functions()["Functions"])
    configuration = client("lambda").get_function_configuration(FunctionName=name, Qualifier="live")
    assert sorted(configuration["VpcConfig"]["SubnetIds"]) == sorted(place["subnets"])
    assert function.planned() == {}

    function.deploy(image=image(2), **arguments)
    assert client("lambda").get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "2"
    assert function.planned() == {}
    function.destroy()
    forget_gateway_logs()
    assert everything() == {}


def test_private_behind_an_endpoint_that_others_share(function: FunctionStack) -> None:
    place = network()
    vpc = client("ec2").describe_subnets(SubnetIds=place["subnets"])["Subnets"][0]["VpcId"]
    shared = client("ec2").create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.eu-central-1.execute-api", VpcEndpointType="Interface"
    )["VpcEndpoint"]["VpcEndpointId"]
    let_gateway_log()
    function.deploy(image=image(1), **QUICK, access="private", network={"private_endpoint": shared})
    (api,) = client("apigateway").get_rest_apis()["items"]
    assert api["endpointConfiguration"]["vpcEndpointIds"] == [shared]
    assert f"{api['id']}-{shared}." in function.outputs()["url"]
    function.destroy()
    forget_gateway_logs()
    client("ec2").delete_vpc_endpoints(VpcEndpointIds=[shared])
    assert everything() == {}
