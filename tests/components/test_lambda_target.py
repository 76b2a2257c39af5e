"""What a SelfHostedEndpoint declares on Lambda, argument by argument; the golden files hold the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mocks import ACCOUNT, AWS, REGION, Declared, declare

from modelberth import DeclarationError, SelfHostedEndpoint

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/shop@sha256:{'0' * 64}"
TOKENS: dict[str, Any] = {"jwt": {"issuer": "https://login.example.com/", "audience": ["shop"]}}
EVERYBODY: dict[str, Any] = {"public": {"reason": "a demo of the shop"}}
BEHIND: dict[str, Any] = {"access": "private", "network": {"private_endpoint": "vpce-1"}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web"


def children(**arguments: Any) -> dict[str, dict[str, Any]]:
    """The inputs of each child, by its role."""
    return {name: child.inputs for name, child in declared(**arguments).items()}


def declared(after: Any = None, **arguments: Any) -> dict[str, Declared]:
    served = {} if "bundle" in arguments else {"image": IMAGE}

    def program() -> SelfHostedEndpoint:
        endpoint = SelfHostedEndpoint("shop", runtime="lambda", **served, **arguments)
        if after is not None:
            after(endpoint)
        return endpoint

    found, _ = declare(program, AWS)
    return {name.removeprefix("shop-"): child for name, child in found.items() if child.custom}


def test_the_function_runs_the_image_s_lambda_role() -> None:
    function = children()["function"]
    assert (function["packageType"], function["imageUri"], function["publish"]) == ("Image", IMAGE, True)
    assert function["imageConfig"] == {"commands": ["lambda"]}
    assert function["architectures"] == ["x86_64"]
    assert children(platform="linux/arm64")["function"]["architectures"] == ["arm64"]


@pytest.mark.parametrize(
    ("arguments", "answer", "function", "integration"),
    [
        ({}, "29", 30, 30000),
        ({"timeout_seconds": 12.5}, "12.5", 14, 14000),
        ({"timeout_seconds": 29}, "29", 30, 30000),
        ({"timeout_seconds": 0.5}, "0.5", 2, 2000),
    ],
)
def test_the_endpoint_s_own_504_comes_first(
    arguments: dict[str, Any], answer: str, function: int, integration: int
) -> None:
    found = children(**arguments)
    assert found["function"]["environment"]["variables"]["MODELBERTH_TIMEOUT_SECONDS"] == answer
    assert found["function"]["timeout"] == function
    assert found["integration"]["timeoutMilliseconds"] == integration


def test_behind_a_private_api_an_answer_has_28_seconds() -> None:
    found = children(**BEHIND)
    paths = json.loads(found["api"]["body"])["paths"]
    assert paths["/invocations"]["post"]["x-amazon-apigateway-integration"]["timeoutInMillis"] == 29000
    assert found["function"]["environment"]["variables"]["MODELBERTH_TIMEOUT_SECONDS"] == "28"


def test_streams_may_go_on(echo: Path) -> None:
    function = children(bundle=str(echo), api="count")["function"]
    assert (function["timeout"], function["environment"]["variables"]["MODELBERTH_TIMEOUT_SECONDS"]) == (900, "60")
    private = children(bundle=str(echo), api="count", **BEHIND)
    integration = json.loads(private["api"]["body"])["paths"]["/count"]["post"]["x-amazon-apigateway-integration"]
    assert (integration["responseTransferMode"], integration["timeoutInMillis"]) == ("STREAM", 900000)
    assert integration["uri"].startswith(
        f"arn:aws:apigateway:{REGION}:lambda:path/2021-11-15/functions/arn:aws:lambda:"
    )
    assert integration["uri"].endswith(":live/response-streaming-invocations")


def test_threads_follow_the_memory_unless_the_environment_says_otherwise() -> None:
    assert children(memory_mb=5307)["function"]["environment"]["variables"]["OMP_NUM_THREADS"] == "3"
    given = children(memory_mb=5307, env={"OMP_NUM_THREADS": "1"})["function"]["environment"]["variables"]
    assert given["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize(
    ("access", "authorization"), [("iam", "AWS_IAM"), (TOKENS, "JWT"), (EVERYBODY, "NONE"), (None, "AWS_IAM")]
)
def test_every_route_is_checked(echo: Path, access: Any, authorization: str) -> None:
    found = children(bundle=str(echo), api="echo", **({"access": access} if access else {}))
    routes = {name: inputs for name, inputs in found.items() if name.startswith("route/")}
    assert len(routes) == 12
    assert {inputs["authorizationType"] for inputs in routes.values()} == {authorization}
    assert {"authorizerId" in inputs for inputs in routes.values()} == {authorization == "JWT"}


def test_what_is_public_says_so(caplog: pytest.LogCaptureFixture) -> None:
    found = children(access=EVERYBODY)
    assert "is public: everybody may call it, unidentified (a demo of the shop)" in caplog.text
    tagged = {name for name, inputs in found.items() if "modelberth:public" in inputs.get("tags", {})}
    assert tagged == {"api", "function"}
    assert "everybody" not in json.dumps(children())


def test_only_the_endpoint_of_its_network_reaches_a_private_api() -> None:
    api = children(**BEHIND)["api"]
    assert api["endpointConfiguration"] == {"types": "PRIVATE", "vpcEndpointIds": ["vpce-1"]}
    body = json.loads(api["body"])
    assert body["x-amazon-apigateway-endpoint-configuration"] == {"vpcEndpointIds": ["vpce-1"]}
    allowed, denied = body["x-amazon-apigateway-policy"]["Statement"]
    assert (allowed["Effect"], denied["Effect"]) == ("Allow", "Deny")
    assert denied["Condition"] == {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    assert denied["Resource"] == "execute-api:/*"


def test_an_endpoint_is_made_where_none_is_given() -> None:
    network = {"subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}
    found = children(access="private", network=network)
    made = found["private-endpoint"]
    assert (made["vpcId"], made["subnetIds"], made["securityGroupIds"]) == ("vpc-1", *network.values())
    assert made["serviceName"] == f"com.amazonaws.{REGION}.execute-api"
    assert made["privateDnsEnabled"] is False
    assert found["function"]["vpcConfig"] == {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    assert "private-endpoint" not in children(**BEHIND)


def test_a_stage_always_has_a_throttle() -> None:
    """What is left out would stay as it was, or let nothing through."""
    usual = {"throttlingRateLimit": 10000, "throttlingBurstLimit": 5000}
    assert children()["stage"]["defaultRouteSettings"] == usual
    throttle: Any = {"requests_per_second": 2.5, "burst": 4}
    assert children(throttle=throttle)["stage"]["defaultRouteSettings"] == {
        "throttlingRateLimit": 2.5,
        "throttlingBurstLimit": 4,
    }
    assert children(**BEHIND, throttle=throttle)["settings"]["settings"] == {
        "throttlingRateLimit": 2.5,
        "throttlingBurstLimit": 4,
    }


def test_the_access_log_has_no_body() -> None:
    for arguments in ({}, BEHIND):
        line = json.loads(children(**arguments)["stage"]["accessLogSettings"]["format"])
        assert line.keys() == {
            *("requestId", "time", "caller", "ip", "method", "path", "status", "bytes", "milliseconds", "error")
        }


def test_alarms() -> None:
    found = children(
        alarms={"error_rate_percent": 2, "latency_p99_seconds": 0.5, "no_invocations_minutes": 30}, provisioned=1
    )
    alarms = {name: inputs for name, inputs in found.items() if name.startswith("alarm-")}
    assert alarms.keys() == {
        f"alarm-{role}" for role in ("errors", "latency", "throttles", "spillover", "no-invocations")
    }
    assert alarms["alarm-errors"]["threshold"] == 2
    assert alarms["alarm-latency"]["threshold"] == 500
    assert alarms["alarm-no-invocations"]["period"] == 1800
    judges = ["shop-shop-dev-errors", "shop-shop-dev-latency"]
    assert found["release"]["alarms"] == judges, "what a release cannot cause does not judge it"
    assert {name for name in children() if name.startswith("alarm-")} == {
        *("alarm-errors", "alarm-latency", "alarm-throttles")
    }


def test_a_stream_takes_as_long_as_it_takes(echo: Path) -> None:
    assert "alarm-latency" not in children(bundle=str(echo), api="count")
    assert "alarm-latency" in children(bundle=str(echo), api="count", alarms={"latency_p99_seconds": 60})


def test_a_change_of_the_policy_is_deployed() -> None:
    def trigger(endpoint: str) -> Any:
        return children(access="private", network={"private_endpoint": endpoint})["deployment"]["triggers"]

    assert trigger("vpce-1") == trigger("vpce-1")
    assert trigger("vpce-1") != trigger("vpce-2")


def test_functions_bear_the_mark_of_their_state() -> None:
    found = children()
    assert found["function"]["tags"]["modelberth:functions"] == found["release"]["mark"] == "0123456789abcdef"


def test_where_errors_are_counted(echo: Path) -> None:
    def errors(**arguments: Any) -> dict[str, Any]:
        failed = children(**arguments)["alarm-errors"]["metricQueries"][0]["metric"]
        return {key: failed[key] for key in ("namespace", "metricName", "dimensions")}

    assert errors() == {
        "namespace": "AWS/ApiGateway",
        "metricName": "5xx",
        "dimensions": {"ApiId": "shop-api-id", "Stage": "$default"},
    }
    assert errors(**BEHIND) == {
        "namespace": "AWS/ApiGateway",
        "metricName": "5XXError",
        "dimensions": {"ApiName": "shop-shop-dev", "Stage": "live"},
    }
    function = "shop-function-1a2b3c4"
    assert errors(bundle=str(echo), api="count") == {
        "namespace": "AWS/Lambda",
        "metricName": "Url5xxCount",
        "dimensions": {"FunctionName": function, "Resource": f"{function}:live"},
    }


def test_who_may_call_what(echo: Path) -> None:
    def granted(**arguments: Any) -> list[tuple[list[str], str]]:
        policy = json.loads(children(**arguments, callers=[ROLE])["invoke-web"]["policy"])
        return [(statement["Action"], statement["Resource"]) for statement in policy["Statement"]]

    api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:shop-api-id/$default/*"
    assert granted() == [(["execute-api:Invoke"], api)]
    alias = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-function-1a2b3c4:live"
    assert granted(bundle=str(echo), api="count") == [
        (["lambda:InvokeFunctionUrl"], alias),
        (["lambda:InvokeFunction"], alias),
    ]


def test_a_grant_where_nobody_needs_one_declares_nothing() -> None:
    for arguments in ({"access": EVERYBODY}, BEHIND):
        found = declared(after=lambda endpoint: endpoint.grant_invoke(ROLE), **arguments)
        assert not [name for name in found if name.startswith("invoke")]


def test_a_grant_where_tokens_decide_is_an_error() -> None:
    with pytest.raises(DeclarationError, match="grant_invoke: with access jwt, whoever has a token of the issuer"):
        declared(after=lambda endpoint: endpoint.grant_invoke(ROLE), access=TOKENS)


def test_everybody_may_call_a_public_url(echo: Path) -> None:
    found = children(bundle=str(echo), api="count", access=EVERYBODY)
    assert found["url"]["authorizationType"] == "NONE"
    opened = [found[name] for name in ("public-url", "public-call")]
    assert [each["action"] for each in opened] == ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
    assert {each["principal"] for each in opened} == {"*"}
    assert (opened[0]["functionUrlAuthType"], opened[1]["invokedViaFunctionUrl"]) == ("NONE", True)
    assert not [name for name in children(bundle=str(echo), api="count") if name.startswith("public")]


def test_warm_replicas_come_after_the_release_and_belong_to_autoscaling_where_they_have_a_range() -> None:
    found = children(provisioned=2)
    assert found["provisioned"]["provisionedConcurrentExecutions"] == 2
    assert "scaling-target" not in found
    ranged = children(provisioned=2, scaling={"max": 5})
    assert (ranged["scaling-target"]["minCapacity"], ranged["scaling-target"]["maxCapacity"]) == (2, 5)
    tracked = ranged["scaling-policy"]["targetTrackingScalingPolicyConfiguration"]
    assert tracked["targetValue"] == 0.7
    assert "provisioned" not in children()
