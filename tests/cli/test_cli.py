"""The `modelberth` command, run as its users run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from conftest import BENTOS, Variant
from engine.stack import Stack


def modelberth(*arguments: str, code: int = 0, cwd: Path | None = None, **variables: str) -> str:
    """Run the command; returns what it printed, with what it wrote to standard error where it failed."""
    result = subprocess.run(
        [sys.executable, "-m", "modelberth_platform.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **variables},
        timeout=120,
        check=False,
    )
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout if code == 0 else result.stdout + result.stderr


def test_bundle_build_show_list(single: Path) -> None:
    built = json.loads(modelberth("bundle", "build", str(BENTOS / "single"), "--json"))
    assert not built["fresh"]
    shown = json.loads(modelberth("bundle", "show", "single", "--json"))
    assert shown["digest"] == built["digest"]
    assert [api["name"] for api in shown["apis"]] == ["double"]
    assert "POST /double" in modelberth("bundle", "show", "single")
    listed = json.loads(modelberth("bundle", "list", "--json"))
    assert built["tag"] in [row["tag"] for row in listed]
    assert built["tag"] in modelberth("bundle", "list")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bundle", "show", "singel"], 1, "there is single"),
        (["bundle", "build", "nowhere"], 1, "nowhere is no folder"),
        (["bundle", "build", ".ci"], 1, "describes no Bento"),
        (["bundle", "build", "tests/bentos/single", "--label", "x"], 2, "is not of the form KEY=VALUE"),
        (["status", "nothing"], 1, "no endpoint 'nothing' on this machine; none runs"),
        (["logs", "nothing"], 1, "no endpoint 'nothing'"),
        (["logs"], 1, "say which endpoint: none runs"),
        (["predict", "nothing", "--example"], 1, "no endpoint 'nothing'"),
        (["predict", "nothing"], 2, "give --json, --file or --example"),
        (["new", "Bad Name"], 1, "cannot be a service's name"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_mistakes_are_explained(single: Path, arguments: list[str], code: int, message: str) -> None:
    assert message in " ".join(modelberth(*arguments, code=code, cwd=BENTOS.parent.parent).split())


def test_a_training_that_fails_shows_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text("")
    (tmp_path / "train.py").write_text("raise SystemExit('no data today')")
    assert "no data today" in modelberth("bundle", "build", str(tmp_path), code=1)


def test_status_logs_predict(stack: Stack, echo: Path, tmp_path: Path) -> None:
    stack.declare(', scaling={"min": 2}, tags={"team": "a"}')
    stack.up("echo")
    assert modelberth("predict", "shop", "--json", "{}").strip() == "one"
    assert modelberth("predict", "shop", "--example").strip() == "one"
    shape = {"shape": {"name": "x", "points": [{"x": 1.5, "y": 2}]}}
    (tmp_path / "shape.json").write_text(json.dumps(shape))
    answer = modelberth("predict", "shop", "--api", "echo", "--file", str(tmp_path / "shape.json"))
    assert json.loads(answer) == [shape["shape"]]
    uploaded = modelberth("predict", "shop", "--api", "upload", "--file", f"file={tmp_path / 'shape.json'}")
    assert int(uploaded) == len((tmp_path / "shape.json").read_bytes())
    assert "answered 400" in modelberth("predict", "shop", "--api", "echo", "--json", "{}", code=1)
    assert "is not JSON" in modelberth("predict", "shop", "--json", "{", code=1)

    row: dict[str, Any] = json.loads(modelberth("status", "--json"))[0]
    assert (row["name"], row["stack"], row["up"], row["workers_ready"]) == ("shop", "test", True, 2)
    assert row["requests"] == 5
    assert 0 < row["p50_seconds"] <= row["p99_seconds"]
    assert row["digest"].startswith("sha256:")
    assert "2/2" in modelberth("status", "shop")
    assert "serves on port" in modelberth("logs", "shop")
    assert modelberth("logs", "-n", "1").count("\n") == 1

    psutil.Process(stack.host_pid()).kill()
    assert "down" in modelberth("status", code=1)
    assert "did not answer" in modelberth("predict", "shop", "--json", "{}", code=1)


def test_logs_follow(stack: Stack, echo: Path, variant: Variant) -> None:
    stack.up(
        variant("noisy", old="return self.release_name", new='print("a request came", flush=True)\n        return "x"')
    )
    url = stack.outputs()["url"]
    command = [sys.executable, "-m", "modelberth_platform.cli", "logs", "shop", "-f", "-n", "0"]
    follower = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line_printed = threading.Event()

    def call_until_it_prints() -> None:  # the first calls may come before the follower reads
        while not line_printed.wait(0.2):
            httpx.post(url, json={})

    caller = threading.Thread(target=call_until_it_prints)
    caller.start()
    try:
        assert follower.stdout is not None
        assert "a request came" in follower.stdout.readline()
    finally:
        line_printed.set()
        caller.join()
        follower.terminate()
        follower.wait()


def test_doctor(tmp_path: Path) -> None:
    findings = {finding["name"]: finding for finding in json.loads(modelberth("doctor", "--json"))}
    assert findings.keys() == {"Python", "uv", "Pulumi", "Docker", "AWS credentials"}
    assert findings["Python"]["ok"]
    assert findings["uv"]["ok"]
    assert findings["Pulumi"]["ok"]
    output = modelberth("doctor", code=1, PATH=str(tmp_path))
    assert "missing" in output
    assert "pip install uv" in output


def test_doctor_sees_credentials(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = x\n[prod]\n")
    variables = {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ACCESS_KEY_ID": "",
        "AWS_PROFILE": "",
    }
    findings = json.loads(modelberth("doctor", "--json", **variables))
    assert [finding["found"] for finding in findings if finding["name"] == "AWS credentials"] == [
        "profiles default, prod"
    ]


def test_a_new_service_works_at_once(machine: Path, tmp_path: Path) -> None:
    modelberth("new", "churn-risk", cwd=tmp_path)
    folder = tmp_path / "churn-risk"
    assert {path.name for path in folder.iterdir()} == {
        "Pulumi.yaml",
        "Pulumi.dev.yaml",
        "__main__.py",
        "README.md",
        "bento",
        "tests",
    }
    assert "exists already" in modelberth("new", "churn-risk", cwd=tmp_path, code=1)
    modelberth("bundle", "build", cwd=folder)
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, check=True)
    subprocess.run(["ruff", "check", "--quiet", "."], cwd=folder, check=True)
    for arguments in (["stack", "init", "dev"], ["up", "--yes", "--skip-preview"]):
        subprocess.run(["pulumi", "--non-interactive", *arguments], cwd=folder, check=True, capture_output=True)
    try:
        answer = json.loads(modelberth("predict", "churn-risk", "--example"))
        assert answer["species"] == "setosa"
    finally:
        subprocess.run(["pulumi", "destroy", "--yes", "--skip-preview"], cwd=folder, check=True, capture_output=True)
    shutil.rmtree(folder)


def test_batch_in_the_bundles_environment(single: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("number,note\n1,a\n2.5,b\nmany,c\n")
    arguments = ["--input", "rows.csv", "--output", "out.jsonl"]
    output = modelberth("batch", "single", *arguments, code=3, cwd=tmp_path)
    assert "3 rows" in output
    assert "1 row was refused" in output
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert lines == [{"row": 1, "prediction": 2.0}, {"row": 2, "prediction": 5.0}]
    assert json.loads((tmp_path / "out.jsonl.errors.jsonl").read_text())["row"] == 3
    assert "is not known by its suffix" in modelberth(
        "batch", "single", "--input", "rows.csv", "--output", "out.txt", code=1, cwd=tmp_path
    )


def test_a_build_context_needs_no_container_engine(single: Path, tmp_path: Path) -> None:
    modelberth("image", "build", "single", "--base", "python:3.11-slim", "--context", str(tmp_path / "context"))
    written = sorted(path.name for path in (tmp_path / "context").iterdir())
    assert written == ["Dockerfile", "bundle", "models", "requirements", "runtime"]
    message = modelberth("image", "build", "single", "--context", str(tmp_path / "context"), code=1)
    assert "exists already; name a new folder" in message
    assert "is not built for; allowed: linux/amd64, linux/arm64" in modelberth(
        "image", "build", "single", "--platform", "linux/riscv64", "--context", str(tmp_path / "other"), code=1
    )
