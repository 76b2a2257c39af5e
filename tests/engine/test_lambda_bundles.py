"""Bundles on Lambda: the function that is registered is run as Lambda would, with all that it says of itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import serving.conftest
from conftest import BENTOS, Variant
from image.conftest import ContainerEngine, container_engine
from serving.runtime_api import Answer, RuntimeApi, http_v2, rest_v1

from engine.cloud import FunctionStack, client
from engine.images import image_settings
from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.build import build as build_bundle
from modelberth_platform.image import engine

__all__ = ["container_engine"]

QUICK: dict[str, Any] = {"rollout": {"bake_seconds": 0}}
TREE = {"tree": {"leaves": [{"name": "ä", "weight": 0.1, "tags": {"a": None}}], "kind": "elm"}}


@pytest.fixture
def shop(function: FunctionStack, container_engine: ContainerEngine, tmp_path: Path) -> FunctionStack:
    """A stack whose images are really built and pushed."""
    function.configure("modelberth:images", json.dumps(image_settings(container_engine, tmp_path)))
    return function


def registered() -> dict[str, Any]:
    """What Lambda knows of the version in service: its configuration and its image."""
    (function,) = client("lambda").list_functions()["Functions"]
    live = client("lambda").get_function(FunctionName=function["FunctionName"], Qualifier="live")
    return {**live["Configuration"], "ImageUri": live["Code"]["ImageUri"]}


@contextmanager
def run(function: Mapping[str, Any]) -> Iterator[RuntimeApi]:
    """The function as Lambda runs it: its image, command, variables, memory and platform; only /tmp can be written."""
    (architecture,) = function["Architectures"]
    api = RuntimeApi()
    variables = {
        **function["Environment"]["Variables"],
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
        "AWS_REGION": "eu-central-1",
    }
    options = [
        "--detach",
        "--network",
        "host",
        "--read-only",
        "--cap-drop",
        "ALL",
        f"--memory={function['MemorySize']}m",
    ]
    options += ["--tmpfs", f"/tmp:size={function['EphemeralStorage']['Size']}m"]
    options += ["--platform", {"x86_64": "linux/amd64", "arm64": "linux/arm64"}[architecture]]
    options += [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
    command = function["ImageConfigResponse"]["ImageConfig"]["Command"]
    with api.running():
        identifier = engine.docker("run", *options, function["ImageUri"], *command).stdout.strip()
        try:
            assert api.ready.wait(60), engine.docker("logs", identifier).stdout
            yield api
        finally:
            engine.docker("rm", "--force", identifier)


def body(answer: Answer) -> tuple[int, bytes]:
    envelope = answer.json()
    text = envelope["body"]
    return envelope["statusCode"], base64.b64decode(text) if envelope["isBase64Encoded"] else text.encode()


def test_what_lambda_runs_answers_as_bentoml_does(shop: FunctionStack) -> None:
    built = build_bundle(BENTOS / "kinds")
    shop.deploy(bundle=str(built.bundle.folder), api="model", **QUICK, memory_mb=2048, timeout_seconds=20)
    function = registered()
    assert (function["MemorySize"], function["Timeout"], function["PackageType"]) == (2048, 21, "Image")
    with run(function) as live, serving.conftest.bentoml_serve(built.tag) as reference:
        ping = live.invoke(http_v2("/ping", method="GET")).json()
        assert (ping["statusCode"], ping["headers"]["x-modelberth-release"]) == (200, shop.outputs()["release"])
        tree = httpx.post(f"{reference}/model", json=TREE)
        for event in (http_v2, rest_v1):
            assert body(live.invoke(event("/model", json.dumps(TREE)))) == (200, tree.content)
            assert body(live.invoke(event("/invocations", json.dumps(TREE)))) == (200, tree.content)
        long = json.dumps({"text": "käse" * 1_229_000}, ensure_ascii=False)
        assert 5.8e6 < len(long.encode()) < 6 * 1024**2
        answer = httpx.post(f"{reference}/text", content=long.encode(), headers={"content-type": "application/json"})
        assert body(live.invoke(http_v2("/text", long))) == (200, answer.content), "almost all that Lambda carries"
        raw = httpx.post(f"{reference}/raw", json={"size": 4_000_000})
        assert body(live.invoke(http_v2("/raw", '{"size": 4000000}'))) == (200, raw.content)
        refused = httpx.post(f"{reference}/model", json={"tree": 3})
        assert body(live.invoke(http_v2("/model", '{"tree": 3}'))) == (400, refused.content)
    assert shop.planned() == {}


def test_settings_reach_the_function(shop: FunctionStack, echo: Path) -> None:
    shop.deploy(bundle=str(echo), api="environment", **QUICK, env={"MODE": "strict"}, memory_mb=3600)
    with run(registered()) as live:
        environment = json.loads(body(live.invoke(http_v2("/environment", "{}")))[1])
    assert (environment["MODE"], environment["OMP_NUM_THREADS"]) == ("strict", "2")
    assert environment["MODELBERTH_API"] == "environment"


def test_a_stream_leaves_by_a_url_of_its_own(shop: FunctionStack, echo: Path) -> None:
    shop.deploy(bundle=str(echo), api="count", **QUICK)
    function = registered()
    url = client("lambda").get_function_url_config(FunctionName=function["FunctionName"], Qualifier="live")
    assert (url["InvokeMode"], url["AuthType"]) == ("RESPONSE_STREAM", "AWS_IAM")
    assert client("apigatewayv2").get_apis()["Items"] == []
    assert shop.outputs()["base_url"] == url["FunctionUrl"].rstrip("/")
    with run(function) as live:
        answer = live.invoke(http_v2("/invocations", '{"to": 3}'))
        assert answer.headers["lambda-runtime-function-response-mode"] == "streaming"
        assert answer.streamed[0]["statusCode"] == 200
        assert len(answer.pieces) > 3


def test_a_new_model_and_the_way_back(shop: FunctionStack, echo: Path, variant: Variant) -> None:
    shop.deploy(bundle=str(echo), api="release", **QUICK)
    two = variant("two")
    shop.arguments(bundle=str(two), api="release", **QUICK)
    diff = shop.run("preview", "--diff")
    component = diff[diff.index("modelberth:index:SelfHostedEndpoint: (update)") : diff.index("docker:index/image:Im")]
    old, new = resolve(str(echo)).facts.digest, resolve(str(two)).facts.digest
    assert f'"{old}" => "{new}"' in component
    assert "new version tried, then traffic all-at-once, watched 0 s, too short for an alarm" in component
    shop.deploy()
    with run(registered()) as live:
        assert body(live.invoke(http_v2("/invocations", "{}"))) == (200, b"two")
    assert registered()["Description"].startswith(f"echo {resolve(str(two)).facts.version}, release sha256:")
    shop.deploy(bundle=str(echo), api="release", **QUICK)
    with run(registered()) as live:
        assert body(live.invoke(http_v2("/invocations", "{}"))) == (200, b"one")
    assert registered()["Version"] == "3"
    assert shop.planned() == {}
