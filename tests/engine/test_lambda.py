"""The life of an endpoint on Lambda on the real engine, against moto; boto3 says what is there, not the plugin."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.cloud import FunctionStack, client, everything
from engine.cloud import image_elsewhere as image
from engine.fate import BROKEN, FATE, UNHEALTHY, answering
from engine.functions import (
    CANARY,
    QUICK,
    alarm,
    alias,
    function_names,
    image_in_service,
    ring,
    version,
    versions,
    weights,
)
from engine.stack import Failed, eventually

CHANGED = {"shop": "update", "shop-function": "update", "shop-release": "update"}


def test_from_its_creation_to_its_end(function: FunctionStack) -> None:
    function.arguments(image=image(1), **QUICK)
    assert set(function.planned().values()) == {"create"}
    assert everything() == {}, "a preview makes nothing"
    function.deploy()
    assert (version(), image_in_service()) == ("1", image(1))
    resources = everything()
    assert set(resources) == {"functions", "http apis", "roles", "logs", "alarms"}
    (api,) = client("apigatewayv2").get_apis()["Items"]
    routes = client("apigatewayv2").get_routes(ApiId=api["ApiId"])["Items"]
    assert {route["RouteKey"] for route in routes} == {
        *("POST /invocations", "GET /ping", "GET /readyz", "GET /docs.json", "GET /schema.json")
    }
    assert {route["AuthorizationType"] for route in routes} == {"AWS_IAM"}
    assert function.outputs()["url"] == f"{api['ApiEndpoint']}/invocations"
    policy = json.loads(client("lambda").get_policy(FunctionName=function_names()[0], Qualifier="live")["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"].endswith(f":{api['ApiId']}/*/*")
    (ping,) = FATE.invocations
    assert (ping.qualifier, ping.payload["rawPath"]) == ("1", "/ping")

    assert function.planned() == {}
    function.deploy()
    assert everything() == resources, "nothing to do, nothing done"

    function.destroy()
    assert everything() == {}


def test_a_new_model_behind_the_same_url(function: FunctionStack) -> None:
    few = {"rollout": {"bake_seconds": 0, "keep_previous": 1}}
    function.deploy(image=image(1), **few)
    url, (name,) = function.outputs()["url"], function_names()
    function.arguments(image=image(2), **few)
    assert function.planned() == CHANGED
    function.deploy()
    assert (function.outputs()["url"], function_names()) == (url, [name])
    assert (version(), image_in_service(), weights()) == ("2", image(2), {})
    assert versions() == ["1", "2"], "the previous one is kept"
    assert function.planned() == {}

    function.deploy(image=image(3), **few)
    assert (image_in_service(), versions()) == (image(3), ["2", "3"])

    function.deploy(image=image(2), **few)
    assert (version(), image_in_service()) == ("4", image(2)), "the way back is one up with the earlier pin"
    assert versions() == ["3", "4"]


def test_what_is_no_release_moves_nothing(function: FunctionStack) -> None:
    function.deploy(image=image(1), **QUICK)
    invocations = len(FATE.invocations)
    function.arguments(image=image(1), **QUICK, provisioned=2, concurrency=20, scaling={"max": 8}, tags={"team": "a"})
    planned = function.planned()
    assert planned["shop-function"] == "update"
    assert "shop-release" not in planned
    function.deploy()
    assert (version(), versions(), len(FATE.invocations)) == ("1", ["1"], invocations)
    lambda_, (name,) = client("lambda"), function_names()
    assert lambda_.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 20
    warm = lambda_.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    assert warm["RequestedProvisionedConcurrentExecutions"] == 2
    (target,) = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="lambda")[
        "ScalableTargets"
    ]
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (f"function:{name}:live", 2, 8)

    function.arguments(image=image(1), **QUICK, provisioned=3, concurrency=20, scaling={"max": 9}, tags={"team": "a"})
    assert function.planned() == {"shop": "update", "shop-scaling-target": "update"}
    function.deploy()
    assert function.planned() == {}
    function.deploy(image=image(2), **QUICK, provisioned=3, concurrency=20, scaling={"max": 9}, tags={"team": "a"})
    assert image_in_service() == image(2), "warm replicas follow the alias"


def test_memory_is_a_new_version(function: FunctionStack) -> None:
    function.deploy(image=image(1), **QUICK)
    function.arguments(image=image(1), **QUICK, memory_mb=3008)
    assert function.planned() == CHANGED
    function.deploy()
    live = client("lambda").get_function_configuration(FunctionName=function_names()[0], Qualifier="live")
    assert (live["Version"], live["MemorySize"]) == ("2", 3008)


def test_a_canary_is_promoted(function: FunctionStack) -> None:
    function.deploy(image=image(1), **CANARY)
    with ThreadPoolExecutor(1) as side:
        update = side.submit(function.deploy, image=image(2), **CANARY)
        eventually(lambda: weights() == {"2": 0.1} or update.done(), poll=0.02)
        assert (weights(), version()) == ({"2": 0.1}, "1"), "a tenth of the requests first"
        update.result()
    assert (version(), weights(), image_in_service()) == ("2", {}, image(2))
    assert function.planned() == {}


def test_a_canary_that_alarms_goes_back_and_the_next_up_mends_it(function: FunctionStack) -> None:
    function.deploy(image=image(1), **CANARY)
    with ThreadPoolExecutor(1) as side:
        update = side.submit(function.deploy, image=image(2), **CANARY)
        eventually(lambda: weights() or update.done(), poll=0.02)
        ring(alarm(function))
        with pytest.raises(Failed) as failure:
            update.result()
    message = str(failure.value)
    assert f"version 2 got 10% of the requests, and an alarm rang: {alarm(function)}; version 1 serves all" in message
    assert "Traceback" not in message
    assert (version(), weights(), image_in_service()) == ("1", {}, image(1))
    assert function.state()["shop-release"]["outputs"]["version"] == "1", "the state says what serves"
    assert function.planned() == {"shop-release": "update"}, "and so does the next preview"

    ring(alarm(function), "OK")
    function.deploy(image=image(3), **CANARY)
    assert (version(), image_in_service()) == ("3", image(3))
    assert versions() == ["1", "3"], "the one that served is kept, the one that failed is not"
    assert function.planned() == {}


def test_after_going_back_the_earlier_pin_brings_peace(function: FunctionStack) -> None:
    function.deploy(image=image(1), **CANARY)
    with answering(image(2), UNHEALTHY), pytest.raises(Failed):
        function.deploy(image=image(2), **CANARY)
    function.deploy(image=image(1), **CANARY)
    assert image_in_service() == image(1)
    assert function.planned() == {}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (BROKEN, "version 2 of .* does not start: Runtime.ImportModuleError: the bundle cannot be read"),
        (UNHEALTHY, "version 2 of .* is not healthy: /ping answered 500"),
    ],
)
def test_a_version_that_is_not_healthy_gets_no_request(function: FunctionStack, answer: Any, said: str) -> None:
    function.deploy(image=image(1), **CANARY)
    revision = alias()["RevisionId"]
    with answering(image(2), answer), pytest.raises(Failed, match=said):
        function.deploy(image=image(2), **CANARY)
    assert (version(), alias()["RevisionId"]) == ("1", revision), "the alias was not touched"
    assert function.planned() == {"shop-release": "update"}


def test_a_creation_that_fails_leaves_nothing_in_the_way(function: FunctionStack) -> None:
    with answering(image(1), BROKEN), pytest.raises(Failed, match="does not start"):
        function.deploy(image=image(1), **QUICK)
    function.deploy(image=image(2), **QUICK)
    assert image_in_service() == image(2)
    assert function.planned() == {}


def test_alarms_that_ring_already_do_not_keep_the_cure_out(function: FunctionStack) -> None:
    function.deploy(image=image(1), **CANARY)
    ring(alarm(function))
    function.deploy(image=image(2), **CANARY)
    assert image_in_service() == image(2)


def test_drift_is_seen_and_mended(function: FunctionStack) -> None:
    function.deploy(image=image(1), **QUICK)
    function.deploy(image=image(2), **QUICK)
    lambda_, (name,) = client("lambda"), function_names()
    lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="1")
    client("cloudwatch").delete_alarms(AlarmNames=[alarm(function, "latency")])
    function.refresh()
    assert function.planned() == {"shop-alarm-latency": "create", "shop-release": "update"}
    function.deploy()
    assert image_in_service() == image(2)

    lambda_.update_alias(
        FunctionName=name, Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}}
    )
    function.refresh()
    assert function.planned() == {"shop-release": "update"}
    function.deploy()
    assert (version(), weights()) == ("2", {})

    lambda_.delete_alias(FunctionName=name, Name="live")
    function.refresh()
    function.deploy()
    assert image_in_service() == image(2)
    assert function.planned() == {}
