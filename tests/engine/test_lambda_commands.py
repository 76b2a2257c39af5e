"""The `modelberth` command on a stack with an endpoint on Lambda: check, status, logs, predict."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from front import front, lead_to
from typer.testing import CliRunner

from engine import moto_patches
from engine.cloud import FunctionStack, client
from engine.cloud import image_elsewhere as image
from engine.fate import UNHEALTHY, answering
from engine.stack import Failed
from engine.test_cloud_commands import NO_CREDENTIALS, modelberth, pushed
from modelberth_platform.cli.app import app

QUICK: dict[str, Any] = {"rollout": {"bake_seconds": 0}}


def test_status_and_logs(function: FunctionStack) -> None:
    function.deploy(image=image(1), **QUICK)
    name = function.outputs()["endpoint_name"]
    row = json.loads(modelberth("status", "--stack", "test", "--json", cwd=function.folder))[0]
    assert (row["name"], row["target"], row["status"], row["current"]) == ("shop", "aws_lambda", "Active", True)
    assert (row["requests"], row["errors"]) == (0, 0)

    client("cloudwatch").set_alarm_state(AlarmName=f"{name}-errors", StateValue="ALARM", StateReason="test")
    assert f"{name}-errors" in modelberth("status", "--stack", "test", cwd=function.folder, code=1)
    client("cloudwatch").set_alarm_state(AlarmName=f"{name}-errors", StateValue="OK", StateReason="test")

    logs, group = client("logs"), f"/aws/lambda/{name}"
    logs.create_log_stream(logGroupName=group, logStreamName="2026/11/24/[1]abc")
    now = int(time.time() * 1000)
    lines = [{"timestamp": now - 1000 + number, "message": f"line {number}"} for number in range(5)]
    logs.put_log_events(logGroupName=group, logStreamName="2026/11/24/[1]abc", logEvents=lines)
    assert modelberth("logs", "--stack", "test", "-n", "2", cwd=function.folder) == "line 3\nline 4\n"


def test_status_after_going_back_tells_what_serves(function: FunctionStack) -> None:
    function.deploy(image=image(1), **QUICK)
    with answering(image(2), UNHEALTHY), pytest.raises(Failed):
        function.deploy(image=image(2), **QUICK)
    output = modelberth("status", "--stack", "test", cwd=function.folder, code=1)
    assert "Active" in output
    assert "was deployed last and does not serve" in output


def test_predict_signs_or_bears_a_token(function: FunctionStack, monkeypatch: pytest.MonkeyPatch) -> None:
    function.deploy(image=image(1), **QUICK)
    predict = ["predict", "shop", "--stack", "test", "--cwd", str(function.folder), "--json", '{"a": 1}']
    with front("execute-api") as gateway, monkeypatch.context() as patch:
        lead_to(gateway, patch)
        answered = CliRunner().invoke(app, predict, catch_exceptions=False)
        assert json.loads(answered.stdout) == {"path": "/invocations", "bytes": 8}
        assert gateway.last["headers"]["host"] == function.outputs()["base_url"].removeprefix("https://")
        assert gateway.last["key"]
        CliRunner().invoke(app, [*predict, "--api", "release"], catch_exceptions=False)
        assert gateway.last["path"] == "/release"
    with front() as gateway, monkeypatch.context() as patch:
        lead_to(gateway, patch)
        CliRunner().invoke(app, [*predict, "--token", "abc"], catch_exceptions=False)
        assert gateway.last["headers"]["authorization"] == "Bearer abc"


def test_check(function: FunctionStack, echo: Path, tmp_path: Path) -> None:
    function.arguments(bundle=pushed(function, echo, tmp_path), api="release", **QUICK)
    rows = json.loads(modelberth("check", "--stack", "test", "--json", cwd=function.folder, **NO_CREDENTIALS))
    assert {row["name"]: row["outcome"] for row in rows} == {
        "shop: declaration": "ok",
        "shop: bundle": "ok",
        "shop: base image": "warning",
        "shop: quota": "left out",
    }
    policy = json.loads(modelberth("check", "--stack", "test", "--permissions", cwd=function.folder))
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert {"lambda:CreateFunction", "lambda:UpdateAlias", "apigateway:POST", "ecr:PutImage"} <= actions

    function.arguments(bundle="echo", api="release", cpu=2, memory_mb=20000)
    output = modelberth("check", "--stack", "test", cwd=function.folder, code=1)
    assert "shop: bundle: 'echo' is not pinned" in output
    assert "shop: cpu: Lambda gives a function CPU with its memory" in output


@pytest.mark.parametrize(("quota", "code", "outcome"), [(150, 0, "ok"), (149, 1, "refused"), (None, 0, "warning")])
def test_check_reads_the_account_s_quotas(function: FunctionStack, quota: int | None, code: int, outcome: str) -> None:
    moto_patches.FATE.quotas = {} if quota is None else {"Concurrent executions": float(quota)}
    function.arguments(image=image(1), concurrency=50)
    rows = json.loads(modelberth("check", "--stack", "test", "--json", cwd=function.folder, code=code))
    (row,) = (row for row in rows if row["name"] == "shop: quota")
    assert row["outcome"] == outcome
    assert row["rule"] == "150 (50 reserved, and 100 for all others)"
