"""One request, one answer: on the local target, in the container as SageMaker calls it, under Lambda, by bentoml."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import serving.conftest
from conftest import BENTOS, project_name
from engine.stack import Stack
from PIL import Image
from serving.runtime_api import Answer, RuntimeApi, http_v2, load_balancer, rest_v1

from image.conftest import container, served
from modelberth_platform.bundle.build import build as build_bundle

TREE = {"tree": {"leaves": [{"name": "ä", "weight": 0.1, "tags": {"a": None}}], "kind": "elm"}}

JSON_REQUESTS: list[tuple[str, Any]] = [
    ("model", TREE),
    ("model", {"tree": {"leaves": [{"name": "x", "weight": -1}]}}),
    ("whole_tree", TREE["tree"]),
    ("plain", {"a": 1, "d": "x"}),
    ("array", {"matrix": [[1, 2], [3, 4.5]]}),
    ("frame", {"table": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}),
    ("batched", {"texts": ["one", "three"]}),
    ("text", {"text": "käse"}),
    ("raw", {"size": 5}),
    ("stream", {"to": 4}),
    ("async_stream", {"to": 4}),
    ("through_a_dependency", {"text": "heard"}),
    ("renamed/route", {"size": 2}),
    ("fails", {"how": "argument"}),
    ("fails", {"how": "value"}),
    ("nowhere", {}),
]


@pytest.fixture(scope="module")
def local(machine: Any) -> Iterator[str]:
    """The URL of the endpoint after `pulumi up` with `cloud: local`."""
    bundle = build_bundle(BENTOS / "kinds")
    project = project_name()
    stack = Stack(machine / project, project)
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace('api="release"', 'api="model"'))
    stack.up(bundle.tag)
    yield stack.outputs()["base_url"]
    stack.destroy()


@pytest.fixture(scope="module")
def sagemaker(kinds_image: str) -> Iterator[str]:
    with served(kinds_image, MODELBERTH_API="model") as url:
        yield url


@pytest.fixture(scope="module")
def bentoml_serve(machine: Any) -> Iterator[str]:
    with serving.conftest.bentoml_serve(build_bundle(BENTOS / "kinds").tag) as url:
        yield url


@pytest.fixture(scope="module")
def function(kinds_image: str) -> Iterator[RuntimeApi]:
    """A Lambda function of the image, as the runtime API sees it."""
    yield from _function(kinds_image)


@pytest.fixture(scope="module")
def streaming_function(kinds_image: str) -> Iterator[RuntimeApi]:
    yield from _function(kinds_image, MODELBERTH_LAMBDA_STREAMING="true")


def _function(image: str, **variables: str) -> Iterator[RuntimeApi]:
    api = RuntimeApi()
    with api.running(), container(image, AWS_LAMBDA_RUNTIME_API=api.address, MODELBERTH_API="model", **variables):
        assert api.ready.wait(60)
        yield api


def _body(answer: Answer) -> tuple[int, bytes]:
    envelope = answer.json()
    body = envelope["body"]
    return envelope["statusCode"], base64.b64decode(body) if envelope["isBase64Encoded"] else body.encode()


@pytest.mark.parametrize(("path", "request_body"), JSON_REQUESTS)
def test_json(
    path: str, request_body: Any, local: str, sagemaker: str, bentoml_serve: str, function: RuntimeApi
) -> None:
    answers = [httpx.post(f"{url}/{path}", json=request_body) for url in (bentoml_serve, local, sagemaker)]
    text = json.dumps(request_body)
    invoked = [function.invoke(event(f"/{path}", text)) for event in (http_v2, rest_v1, load_balancer)]
    contents = [(answer.status_code, answer.content) for answer in answers] + [_body(answer) for answer in invoked]
    assert contents == [contents[0]] * 6


def test_the_declared_api_under_every_name(
    local: str, sagemaker: str, bentoml_serve: str, function: RuntimeApi
) -> None:
    expected = httpx.post(f"{bentoml_serve}/model", json=TREE).content
    assert httpx.post(f"{local}/invocations", json=TREE).content == expected
    assert httpx.post(f"{sagemaker}/invocations", json=TREE).content == expected
    attributes = {"X-Amzn-SageMaker-Custom-Attributes": "api=text"}
    assert httpx.post(f"{sagemaker}/invocations", json={"text": "abc"}, headers=attributes).text == "cba"
    assert _body(function.invoke(http_v2("/invocations", json.dumps(TREE)))) == (200, expected)
    plain = function.invoke(TREE)
    assert (plain.failed, plain.body) == (False, expected), "an event that is no HTTP event is the request itself"


def test_an_upload(local: str, sagemaker: str, bentoml_serve: str, function: RuntimeApi) -> None:
    request = httpx.Request("POST", "http://x", files={"file": ("a.bin", bytes(range(256)))}, data={"note": "ü"})
    content, kind = request.read(), request.headers["content-type"]
    posted = [
        httpx.post(f"{url}/upload", content=content, headers={"content-type": kind}).content
        for url in (bentoml_serve, local, sagemaker)
    ]
    event = http_v2("/upload", base64.b64encode(content).decode(), base64=True, **{"content-type": kind})
    assert [*posted, _body(function.invoke(event))[1]] == [posted[0]] * 4
    assert json.loads(posted[0]) == {"bytes": 256, "note": "ü"}


def test_a_binary_answer(local: str, sagemaker: str, bentoml_serve: str, function: RuntimeApi) -> None:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(file, "PNG")
    request = httpx.Request("POST", "http://x", files={"picture": ("a.png", file.getvalue(), "image/png")})
    content, kind = request.read(), request.headers["content-type"]
    event = http_v2("/picture", base64.b64encode(content).decode(), base64=True, **{"content-type": kind})
    status, under_lambda = _body(function.invoke(event))
    posted = [
        httpx.post(f"{url}/picture", content=content, headers={"content-type": kind}).content
        for url in (bentoml_serve, local, sagemaker)
    ]
    assert status == 200
    for picture in (*posted, under_lambda):
        assert Image.open(io.BytesIO(picture)).size == (2, 2)
    assert posted[2] == under_lambda


def test_an_answer_that_streams(bentoml_serve: str, streaming_function: RuntimeApi) -> None:
    expected = httpx.post(f"{bentoml_serve}/stream", json={"to": 50})
    answer = streaming_function.invoke(http_v2("/stream", '{"to": 50}'))
    prelude, body = answer.streamed
    assert answer.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert prelude["statusCode"] == 200
    assert prelude["headers"]["content-type"] == expected.headers["content-type"]
    assert body == expected.content
    assert len(answer.pieces) > 10, "it left as it was made"
    whole, body = streaming_function.invoke(http_v2("/model", json.dumps(TREE))).streamed
    assert (whole["statusCode"], body) == (200, httpx.post(f"{bentoml_serve}/model", json=TREE).content)
    again = streaming_function.invoke(http_v2("/stream", '{"to": 2}'))
    assert again.streamed[1] == b"0;1;"
    broken = streaming_function.invoke(http_v2("/stream_that_fails", '{"to": 2}'))
    assert broken.streamed[1].startswith(b"first;")
