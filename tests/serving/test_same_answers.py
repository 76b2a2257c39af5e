"""The runtime answers byte for byte as `bentoml serve` does, for every kind of input and output.

Two things differ on purpose: a body that cannot be read is answered with 400 instead of 500, and headers that name a
trace are left out where nothing traces.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import BENTOS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from modelberth_platform.bundle.build import build
from serving.conftest import Server, bentoml_serve


@pytest.fixture(scope="module")
def pair(machine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URLs of the runtime and of `bentoml serve`, with the same Bento."""
    bundle = build(BENTOS / "kinds").bundle.folder
    scratch = tmp_path_factory.mktemp("pair")
    copy = scratch / "bundle"
    shutil.copytree(bundle, copy)
    with bentoml_serve(str(bundle)) as peer:
        ours = Server(copy, scratch, MODELBERTH_API="model")
        try:
            yield ours.url, peer
        finally:
            ours.stop()


HEADERS = ("content-type", "content-length", "content-disposition", "x-kind", "server")


def answers(pair: tuple[str, str], path: str, **request: Any) -> list[dict[str, Any]]:
    """The answers of the two servers to the same request."""
    responses = []
    for url in pair:
        response = httpx.request(
            request.get("method", "POST"),
            f"{url}{path}",
            timeout=30,
            **{k: v for k, v in request.items() if k != "method"},
        )
        headers = {name: response.headers.get(name) for name in HEADERS}
        responses.append({"status": response.status_code, "body": response.content, **headers})
    return responses


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (10, 200, 30)).save(buffer, "PNG")
    return buffer.getvalue()


TREE = {"tree": {"leaves": [{"name": "é", "weight": 0.1, "tags": {"x": None}}], "kind": "elm"}}

REQUESTS: dict[str, dict[str, Any]] = {
    "/model": {"json": TREE},
    "/plain": {"json": {"a": 3, "d": "x"}},
    "/text": {"json": {"text": "höher"}},
    "/nothing": {"json": {}},
    "/names": {"json": {"names": ["a", "b"]}},
    "/whole_tree": {"json": TREE["tree"]},
    "/array": {"json": {"matrix": [[1, 2], [3.5, 4]]}},
    "/frame": {"json": {"table": [{"a": 1, "b": 2}]}},
    "/asynchronous": {"json": {"numbers": [1, 2.5]}},
    "/batched": {"json": {"texts": ["a", "bcd"]}},
    "/upload": {"files": {"file": ("a.bin", b"12345")}, "data": {"note": "hello"}},
    "/picture": {"files": {"picture": ("a.png", png(), "image/png")}},
    "/download": {"json": {"size": 200}},
    "/stream": {"json": {"to": 4}},
    "/async_stream": {"json": {"to": 4}},
    "/stream_that_fails": {"json": {"to": 4}},
    "/response": {"json": {"status": 201}, "headers": {"x-sent": "y"}, "params": {"q": "1"}},
    "/through_a_dependency": {"json": {"text": "louder"}},
    "/renamed/route": {"json": {}},
    "/raw": {"json": {"size": 10}},
}


@pytest.mark.parametrize("path", REQUESTS)
def test_good_requests(pair: tuple[str, str], path: str) -> None:
    ours, from_bentoml = answers(pair, path, **REQUESTS[path])
    assert ours == from_bentoml
    assert ours["status"] < 300, ours


BAD: list[tuple[str, dict[str, Any]]] = [
    ("/model", {"content": b"no json"}),
    ("/model", {"json": {"tree": {"leaves": [{"name": 3}]}}}),
    ("/model", {"json": {"tree": {"leaves": [], "kind": "ash"}}}),
    ("/plain", {"json": {"a": "x"}}),
    ("/array", {"json": {"matrix": [[1]]}}),
    ("/frame", {"json": {"table": 3}}),
    ("/batched", {"json": {"texts": 3}}),
    ("/upload", {"json": {}}),
    ("/fails", {"json": {"how": "value"}}),
    ("/fails", {"json": {"how": "argument"}}),
    ("/fails", {"json": {"how": "missing"}}),
    ("/nowhere", {"json": {}}),
    ("/model", {"method": "GET"}),
    ("/model/", {"json": TREE}),
    ("/stream", {"json": {"to": "many"}}),
    ("/model", {"content": b"\x80", "headers": {"content-type": "application/vnd.bentoml+pickle"}}),
]


@pytest.mark.parametrize(("path", "request_"), BAD)
def test_bad_requests(pair: tuple[str, str], path: str, request_: dict[str, Any]) -> None:
    ours, from_bentoml = answers(pair, path, **request_)
    assert ours == from_bentoml
    assert ours["status"] >= 300


@pytest.mark.parametrize("path", ["/", "/docs.json", "/schema.json", "/healthz", "/livez", "/readyz"])
def test_pages(pair: tuple[str, str], path: str) -> None:
    ours, from_bentoml = answers(pair, path, method="GET")
    assert ours == from_bentoml


def test_the_same_metrics(pair: tuple[str, str]) -> None:
    def names(url: str) -> set[str]:
        lines = httpx.get(f"{url}/metrics").text.splitlines()
        return {line.split("{")[0] for line in lines if line.startswith("bentoml_service_request")}

    for url in pair:
        httpx.post(f"{url}/model", json=TREE)
    ours, from_bentoml = (names(url) for url in pair)
    assert from_bentoml <= ours | {"bentoml_service_request_in_progress"}
    assert "bentoml_service_request_duration_seconds_bucket" in ours


numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
leaves = st.fixed_dictionaries(
    {"name": st.text(max_size=5), "weight": numbers},
    optional={"tags": st.dictionaries(st.text(max_size=3), st.integers(0, 9) | st.none(), max_size=2)},
)
trees = st.fixed_dictionaries(
    {"leaves": st.lists(leaves, max_size=6)}, optional={"kind": st.sampled_from(["oak", "elm", "ash"])}
)
requests = st.one_of(
    st.tuples(st.just("/model"), st.builds(lambda tree: {"tree": tree}, trees)),
    st.tuples(st.just("/whole_tree"), trees),
    st.tuples(st.just("/plain"), st.dictionaries(st.sampled_from("abcd"), values, max_size=4)),
    st.tuples(
        st.just("/array"),
        st.builds(lambda rows: {"matrix": rows}, st.lists(st.lists(numbers, min_size=1, max_size=3), max_size=3)),
    ),
    st.tuples(st.just("/names"), st.builds(lambda names: {"names": names}, st.lists(st.text(max_size=4), max_size=3))),
    st.tuples(st.just("/asynchronous"), st.builds(lambda numbers: {"numbers": numbers}, st.lists(values, max_size=3))),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=requests)
def test_whatever_is_sent(pair: tuple[str, str], sent: tuple[str, Any]) -> None:
    path, body = sent
    ours, from_bentoml = answers(pair, path, content=json.dumps(body), headers={"content-type": "application/json"})
    assert ours == from_bentoml
