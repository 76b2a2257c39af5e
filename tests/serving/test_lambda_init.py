"""What a function leaves out of its init comes with the first request that needs it, and answers as a server does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import BENTOS, ROOT

from modelberth_platform.bundle.build import build
from serving.conftest import Server
from serving.runtime_api import RuntimeApi, http_v2
from serving.test_lambda import function


@pytest.fixture(scope="module")
def own_calls(machine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build(BENTOS / "own_calls").bundle.folder
    assert folder is not None
    copy = tmp_path_factory.mktemp("own-calls") / "bundle"
    shutil.copytree(folder, copy)
    return copy


@pytest.fixture(scope="module")
def server(own_calls: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(own_calls, tmp_path_factory.mktemp("server"), MODELBERTH_API="modules")
    yield server.url
    server.stop()


@pytest.fixture
def changed(own_calls: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """The Bento with another text in its service."""

    def change(old: str, new: str) -> Path:
        folder = tmp_path / "changed"
        shutil.copytree(own_calls, folder)
        service = folder / "src" / "service.py"
        assert old in service.read_text()
        service.write_text(service.read_text().replace(old, new))
        return folder

    return change


MULTIPART = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n12345\r\n--b--\r\n', "b")

REQUESTS: dict[str, tuple[str, str, str | None, str]] = {
    "a body that does not fit": ("POST", "/double", '{"number": "two"}', "application/json"),
    "no JSON": ("POST", "/double", "{", "application/json"),
    "a charset": ("POST", "/double", '{"number": 2}', "application/json; charset=utf-8"),
    "an error of the method": ("POST", "/fails", '{"how": "value"}', "application/json"),
    "a refusal by the method": ("POST", "/fails", '{"how": "argument"}', "application/json"),
    "multipart": ("POST", "/upload", MULTIPART[0].decode(), "multipart/form-data; boundary=b"),
    "a context": ("POST", "/context", "{}", "application/json"),
    "the documentation": ("GET", "/docs.json", None, ""),
    "the schema": ("GET", "/schema.json", None, ""),
    "readiness": ("GET", "/readyz", None, ""),
    "ping": ("GET", "/ping", None, ""),
    "liveness": ("GET", "/livez", None, ""),
    "another method": ("GET", "/double", None, ""),
    "no path": ("GET", "/nowhere", None, ""),
    "a batch": ("POST", "/lengths", '{"texts": ["a", "bcd"]}', "application/json"),
    "to_async": ("POST", "/through_to_async", '{"number": 2}', "application/json"),
    "to_sync": ("POST", "/through_to_sync", '{"number": 2}', "application/json"),
    "its own name": ("POST", "/through_its_name", '{"number": 2}', "application/json"),
    "the current service": ("POST", "/through_the_current_service", '{"texts": ["ab"]}', "application/json"),
    "all of them": ("POST", "/through_all_of_them", '{"number": 2}', "application/json"),
    "what happened": ("POST", "/happened", "{}", "application/json"),
}


def of_server(url: str, method: str, path: str, body: str | None, kind: str) -> tuple[int, str, str | None]:
    response = httpx.request(method, f"{url}{path}", content=body, headers={"content-type": kind} if kind else {})
    return response.status_code, response.text, response.headers.get("content-type")


def of_function(api: RuntimeApi, method: str, path: str, body: str | None, kind: str) -> tuple[int, str, str | None]:
    headers = {"content-type": kind} if kind else {}
    answer = api.invoke(http_v2(path, body, method=method, **headers)).json()
    return answer["statusCode"], answer["body"], answer["headers"].get("content-type")


@pytest.mark.parametrize("name", REQUESTS)
def test_the_first_request_is_answered_as_by_a_server(name: str, server: str, own_calls: Path, tmp_path: Path) -> None:
    with function(own_calls, tmp_path / "log", MODELBERTH_API="modules") as api:
        answer = of_function(api, *REQUESTS[name])
        assert answer == of_server(server, *REQUESTS[name]), (tmp_path / "log").read_text()
        assert answer == of_function(api, *REQUESTS[name]), "and so is the second one"


def test_init_imports_no_server(own_calls: Path, tmp_path: Path) -> None:
    with function(own_calls, tmp_path / "log", MODELBERTH_API="modules") as api:
        assert api.invoke({}).json() == [], "a plain event"
        for path, body in (("/invocations", "{}"), ("/double", '{"number": 1}'), ("/lengths", '{"texts": ["a"]}')):
            of_function(api, "POST", path, body, "application/json")
        of_function(api, "GET", "/ping", None, "")
        assert api.invoke({}).json() == [], "none of these needs more"
        assert of_function(api, *REQUESTS["what happened"])[1] == '["made", "started with 4", "started with 8"]'
        assert of_function(api, *REQUESTS["a body that does not fit"])[0] == 400
        assert {"_bentoml_impl.server", "aiohttp"} <= set(api.invoke({}).json()), "now it was needed"
        assert of_function(api, "GET", "/metrics", None, "")[0] == 200
        assert of_function(api, *REQUESTS["what happened"])[1] == '["made", "started with 4", "started with 8"]'


def test_the_shutdown_of_the_service_runs(own_calls: Path) -> None:
    script = (
        "import asyncio, pathlib, sys\n"
        "from modelberth_serving.bento import application, load_service\n"
        "application = application(load_service(pathlib.Path(sys.argv[1])), for_api='modules')\n"
        "async def live():\n"
        "    async with application.lifespan():\n"
        "        print('alive', '_bentoml_impl.server' in sys.modules)\n"
        "asyncio.run(live())"
    )
    command = [sys.executable, "-c", script, str(own_calls)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "platform")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-2:] == ["alive False", "own calls: goodbye"], result.stderr


MIDDLEWARE = """
class Marked:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def marked(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-marked", b"yes")]
            await send(message)

        await self.app(scope, receive, marked)


OwnCalls.add_asgi_middleware(Marked)
"""

MOUNT = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

OwnCalls.mount_asgi_app(Starlette(routes=[Route("/", lambda request: PlainTextResponse("mounted"))]), path="/more")
"""

LAST_LINE = '        return {"sent": ctx.request.headers.get("x-sent"), "state": sorted(ctx.state)}\n'


@pytest.mark.parametrize("addition", [MIDDLEWARE, MOUNT], ids=["middleware", "mount"])
def test_what_the_service_adds_is_there_from_the_start(addition: str, changed: Any, tmp_path: Path) -> None:
    with function(changed(LAST_LINE, LAST_LINE + addition), tmp_path / "log", MODELBERTH_API="modules") as api:
        assert "_bentoml_impl.server" in api.invoke({}).json()
        marked = api.invoke(http_v2("/double", '{"number": 2}')).json()
        assert (marked["body"], marked["headers"].get("x-marked")) == ("4.0", "yes" if addition is MIDDLEWARE else None)
        mounted = of_function(api, "GET", "/more/", None, "")
        assert mounted[:2] == ((200, "mounted") if addition is MOUNT else (404, "Not Found"))


def test_a_service_that_says_it_is_not_ready_fails_at_init(changed: Any, tmp_path: Path) -> None:
    never = LAST_LINE + "\n    def __is_ready__(self):\n        return False\n"
    with function(changed(LAST_LINE, never), tmp_path / "log", MODELBERTH_API="modules") as api:
        reported = api.init_error()
    assert reported.path == "/2018-06-01/runtime/init/error"
    assert "GET /ping answers 503 after the model was loaded" in reported.json()["errorMessage"]


@pytest.mark.parametrize(
    ("variables", "first"),
    [({"MODELBERTH_API": "upload"}, ("POST", "/double", '{"number": 2}', "application/json")), ({}, REQUESTS["ping"])],
    ids=["an API that needs the server", "no declared API"],
)
def test_nothing_is_left_out_where_it_would_be_needed(
    variables: dict[str, str], first: Any, own_calls: Path, tmp_path: Path
) -> None:
    with function(own_calls, tmp_path / "log", **variables) as api:
        assert of_function(api, *first)[0] == 200
        assert "_bentoml_impl.server" in json.loads(of_function(api, "POST", "/modules", "{}", "application/json")[1])
