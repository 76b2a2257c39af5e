"""The serving runtime, called as its users call it; whatever is sent, the worker lives on."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from engine.stack import eventually
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modelberth_serving.errors import SettingsError
from modelberth_serving.settings import Settings
from serving.conftest import Server, in_progress, refused

SHAPE = {"shape": {"name": "line", "points": [{"x": 0.5, "y": 1}, {"x": 1, "y": 2}]}}


def test_ping_tells_the_release(server: Server) -> None:
    response = httpx.get(f"{server.url}/ping")
    assert response.status_code == 200
    assert response.headers["x-modelberth-release"] == "abc123"


def test_invocations_are_the_declared_api(server: Server) -> None:
    there = httpx.post(f"{server.url}/invocations", json=SHAPE)
    assert there.json() == [SHAPE["shape"]]
    assert there.content == httpx.post(f"{server.url}/echo", json=SHAPE).content


def test_custom_attributes_name_another_api(server: Server) -> None:
    def invoke(attributes: str) -> httpx.Response:
        headers = {"X-Amzn-SageMaker-Custom-Attributes": attributes}
        return httpx.post(f"{server.url}/invocations", json={}, headers=headers)

    assert invoke("api=release").text == "one"
    assert invoke("trace=7; api = release").text == "one"
    unknown = invoke("api=nothing")
    assert unknown.status_code == 400
    assert unknown.json()["error"].startswith("there is no API 'nothing'; the Bento has count, echo, ")
    assert invoke("anything at all").status_code == 400, "the declared API gets it, whose schema it does not fit"


def test_the_bentos_own_routes(server: Server, tmp_path: Path) -> None:
    assert httpx.post(f"{server.url}/release", json={}).text == "one"
    assert "".join(httpx.post(f"{server.url}/count", json={"to": 3}).iter_text()) == "0\n1\n2\n"
    (tmp_path / "file.bin").write_bytes(b"12345")
    with (tmp_path / "file.bin").open("rb") as file:
        assert httpx.post(f"{server.url}/upload", files={"file": file}).json() == 5
    for path in ("/", "/docs.json", "/schema.json", "/healthz", "/livez", "/readyz", "/metrics"):
        assert httpx.get(f"{server.url}{path}").status_code == 200, path
    counted = httpx.get(f"{server.url}/metrics").text
    assert 'bentoml_service_request_total{endpoint="/count"' in counted


def test_unknown_routes_and_methods(server: Server) -> None:
    assert httpx.post(f"{server.url}/nowhere", json={}).status_code == 404
    assert httpx.get(f"{server.url}/invocations").status_code == 405


def assert_refused(response: httpx.Response) -> None:
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert (answer[0] if isinstance(answer, list) else answer)["error"]  # BentoML wraps its own errors in a list


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"not json", "application/json"),
        (b"", "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"[1, 2]", "application/json"),
        (b'{"shape": 3}', "application/json"),
        (b'{"shape": {"name": "x", "points": []}}', "application/json"),
        (b'{"shape": {"name": "x", "points": [{"x": 1, "y": -1}]}}', "application/json"),
        (b"broken", "multipart/form-data; boundary=x"),
        (b"broken", "multipart/form-data"),
        (b"a=b", "application/x-www-form-urlencoded"),
        (b"\x80\x04.", "application/vnd.bentoml+pickle"),
        (b"{}", "text/csv"),
    ],
)
def test_bodies_that_fit_no_schema_are_refused_as_json(server: Server, body: bytes, kind: str) -> None:
    for path in ("/invocations", "/upload"):
        assert_refused(httpx.post(f"{server.url}{path}", content=body, headers={"content-type": kind}))


def test_a_refused_request_is_logged_in_one_line_without_its_content(server: Server) -> None:
    before = len(server.log.read_text())
    httpx.post(f"{server.url}/invocations", json={"shape": {"name": "secret-of-a-client", "points": "none"}})
    logged = server.log.read_text()[before:]
    assert "refused with 400: Exception on /echo [POST]: shape.points" in logged
    assert "secret-of-a-client" not in logged
    assert "Traceback" not in logged


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
points = st.lists(
    st.fixed_dictionaries({"x": st.floats(allow_nan=False, allow_infinity=False), "y": st.integers(0, 2**40)}),
    min_size=1,
    max_size=5,
)
bodies = (
    st.binary(max_size=200)
    | anything.map(lambda value: json.dumps(value).encode())
    | anything.map(lambda value: json.dumps({"shape": value, "times": 1}).encode())
    | st.builds(
        lambda name, points: json.dumps({"shape": {"name": name, "points": points}}).encode(),
        st.text(max_size=5),
        points,
    )
)
kinds = st.sampled_from(["application/json", "text/plain", "multipart/form-data; boundary=x", "image/png", "*", ""])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies, kind=kinds)
@example(body=b'{"shape": {"name": "\\ud800", "points": [{"x": 1, "y": 1}]}}', kind="application/json")
def test_whatever_is_sent_the_worker_lives_on(server: Server, body: bytes, kind: str) -> None:
    response = httpx.post(f"{server.url}/invocations", content=body, headers={"content-type": kind})
    if response.status_code == 200:
        assert json.loads(body)["shape"]["name"] == response.json()[0]["name"]
    else:
        assert_refused(response)
    assert server.process.poll() is None


def test_a_body_that_is_too_large_is_refused_before_it_is_read(server: Server) -> None:
    response = httpx.post(f"{server.url}/invocations", content=b"x" * (600 * 1024))
    assert response.status_code == 413
    assert response.json() == {"error": "the request body is larger than 0.5 MiB"}


def test_a_body_in_chunks_that_grows_too_large_is_refused(server: Server) -> None:
    def chunks() -> Any:
        for _ in range(80):
            yield b"x" * 8192

    response = httpx.post(f"{server.url}/invocations", content=chunks())
    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert httpx.get(f"{server.url}/ping").status_code == 200


def test_a_client_that_leaves_in_the_middle_of_its_body(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    assert httpx.post(f"{server.url}/invocations", json=SHAPE).status_code == 200


def test_garbage_instead_of_http(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00" + bytes(range(256)))
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    assert httpx.get(f"{server.url}/ping").status_code == 200


def test_sigterm_drains(echo: Path, tmp_path: Path) -> None:
    server = Server(echo, tmp_path, MODELBERTH_API="echo")
    answers: list[httpx.Response] = []
    idle = httpx.Client()
    idle.get(f"{server.url}/ping")
    slow = threading.Thread(
        target=lambda: answers.append(httpx.post(f"{server.url}/sleep", json={"seconds": 4}, timeout=20))
    )
    slow.start()
    eventually(lambda: in_progress(server.url, "/sleep"))
    server.process.terminate()
    eventually(lambda: refused(server.url))
    last = idle.post(f"{server.url}/release", json={}, timeout=20)
    assert (last.text, last.headers["connection"]) == ("one", "close"), "an idle connection may bring one more request"
    slow.join()
    assert answers[0].json() == 4
    assert server.process.wait(timeout=10) == 0
    assert "echo: goodbye" in server.log.read_text(), "the Bento's own shutdown ran"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/ping")


def test_an_unknown_bentoml_is_served_by_its_own_application(echo: Path, tmp_path: Path) -> None:
    """BentoML's own application answers where its version is not a known one, which is forced here."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as metadata\n"
        "real = metadata.version\n"
        "metadata.version = lambda name: '9.9.9' if name == 'bentoml' else real(name)\n"
    )
    import conftest

    path = f"{tmp_path}:{conftest.ROOT / 'platform'}"
    server = Server(echo, tmp_path, MODELBERTH_API="echo", PYTHONPATH=path)
    assert httpx.post(f"{server.url}/invocations", json=SHAPE).json() == [SHAPE["shape"]]
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "MODELBERTH_BUNDLE is not set"),
        ({"MODELBERTH_BUNDLE": "x", "MODELBERTH_TIMEOUT_SECONDS": "soon"}, "MODELBERTH_TIMEOUT_SECONDS is 'soon'"),
        ({"MODELBERTH_BUNDLE": "x", "MODELBERTH_MAX_BODY_MB": "-1"}, "MODELBERTH_MAX_BODY_MB is '-1'"),
        ({"MODELBERTH_BUNDLE": "x", "MODELBERTH_MAX_BODY_MB": "inf"}, "must be a number above 0"),
    ],
)
def test_settings_that_cannot_be_used(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment(environ)


def test_a_folder_that_is_no_bento(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="holds no bento.yaml"):
        Server(tmp_path, tmp_path)
