"""The `lambda` role against the runtime API, without a container: limits, errors, and what is done once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import BENTOS, ROOT, Variant

from modelberth_platform.bundle.build import build
from serving.runtime_api import RuntimeApi, http_v2


@contextmanager
def function(bundle: Path, log: Path, **variables: str) -> Iterator[RuntimeApi]:
    """The runtime as AWS starts it: no arguments, AWS_LAMBDA_RUNTIME_API set."""
    api = RuntimeApi()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "platform"),
        "MODELBERTH_BUNDLE": str(bundle),
        "AWS_LAMBDA_RUNTIME_API": api.address,
        **variables,
    }
    with api.running(), log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelberth_serving"], env=environment, stdout=output, stderr=output
        )
        try:
            yield api
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def kinds(machine: Path) -> Path:
    folder = build(BENTOS / "kinds").bundle.folder
    assert folder is not None
    return folder


def test_a_refused_request_is_a_function_error(kinds: Path, tmp_path: Path) -> None:
    with function(kinds, tmp_path / "log", MODELBERTH_API="plain") as api:
        refused = api.invoke({"b": 1})
        assert refused.failed
        assert refused.json()["errorType"] == "RequestRefused"
        assert "Field required" in refused.json()["errorMessage"]
        assert api.invoke({"a": 1}).json() == {"a": 1, "b": 1.5, "c": False, "d": None}, "and the next one is answered"
    with function(kinds, tmp_path / "log", MODELBERTH_API="fails") as api:
        failed = api.invoke({"how": "value"}).json()
        assert (failed["errorType"], "secret detail" in failed["errorMessage"]) == ("PredictionFailed", False)


def test_payloads_over_lambdas_limit(kinds: Path, tmp_path: Path) -> None:
    with function(kinds, tmp_path / "log", MODELBERTH_API="raw") as api:
        sent = api.invoke(http_v2("/text", json.dumps({"text": "x" * 7_000_000}))).json()
        assert sent["statusCode"] == 413
        assert json.loads(sent["body"])["error"] == "the request body is larger than 6 MiB"
        received = api.invoke(http_v2("/raw", json.dumps({"size": 6_500_000}))).json()
        assert received["statusCode"] == 502
        assert "the answer is 6.2 MiB as Lambda carries it, and it carries at most 6" in received["body"]
        fits = api.invoke(http_v2("/raw", json.dumps({"size": 4_000_000}))).json()
        assert fits["statusCode"] == 200


def test_the_model_is_loaded_once(variant: Variant, tmp_path: Path) -> None:
    folder = variant("once", "self.release_name = RELEASE", 'self.release_name = RELEASE; print("loaded", flush=True)')
    with function(folder, tmp_path / "log", MODELBERTH_API="release") as api:
        assert [api.invoke({}).body for _ in range(5)] == [b'"one"'] * 5
    assert (tmp_path / "log").read_text().count("loaded") == 1


def test_what_fails_at_start_is_reported_to_lambda(tmp_path: Path) -> None:
    with function(tmp_path, tmp_path / "log") as api:
        reported = api.init_error()
    assert reported.path == "/2018-06-01/runtime/init/error"
    assert "holds no bento.yaml: it is not a built Bento" in reported.json()["errorMessage"]
    assert "modelberth_serving: " in (tmp_path / "log").read_text()
