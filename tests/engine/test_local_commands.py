"""The `modelberth` command on a stack of this machine: the same words as on a cloud's."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
from cli.test_cli import modelberth

from engine.stack import Stack


def test_status_logs_and_predict_of_a_stack(stack: Stack, echo: Path) -> None:
    stack.declare(', scaling={"min": 2}')
    stack.up("echo")
    on_stack = ("--stack", "test", "--cwd", str(stack.folder))
    assert modelberth("predict", "shop", *on_stack, "--json", "{}").strip() == "one"
    (row,) = json.loads(modelberth("status", *on_stack, "--json"))
    assert (row["target"], row["status"], row["well"], row["current"]) == ("local", "up", True, True)
    assert (row["instances"], row["wanted"], row["requests"]) == (2, 2, 1)
    assert row["url"] == stack.outputs()["url"]
    assert "2/2" in modelberth("status", *on_stack)
    assert "serves on port" in modelberth("logs", *on_stack)

    psutil.Process(stack.host_pid()).kill()
    assert "down" in modelberth("status", *on_stack, code=1)


def test_status_of_an_endpoint_that_somebody_removed(stack: Stack, echo: Path) -> None:
    stack.up("echo")
    record = stack.endpoint_folder / "endpoint.json"
    record.rename(record.with_suffix(".away"))
    shown = modelberth("status", "--stack", "test", "--cwd", str(stack.folder), code=1)
    assert "shop is gone; pulumi refresh && pulumi up makes it again" in shown
    record.with_suffix(".away").rename(record)
