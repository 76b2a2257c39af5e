"""The `modelberth` command on a stack of the cloud: check, status, logs, predict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sagemaker_runtime import sagemaker_runtime
from serving.conftest import Server

from engine import moto_patches
from engine.cloud import CloudStack, client, image
from engine.stack import Failed, Stack
from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.remote import RemoteStore

REAL: dict[str, Any] = {"instance_type": "ml.m5.large"}
NO_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}


def modelberth(*arguments: str, cwd: Path, code: int = 0, **environment: str) -> str:
    command = [sys.executable, "-m", "modelberth_platform.cli", *arguments]
    env = {**os.environ, **environment}
    finished = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, env=env)
    output = finished.stdout + finished.stderr
    assert finished.returncode == code, output
    assert "Traceback" not in output
    return output


def pushed(cloud: CloudStack, bundle: Path, tmp_path: Path) -> str:
    """Push the bundle to a store, which becomes the stack's; returns the bundle's pinned name."""
    store = str(tmp_path / "store")
    resolved = resolve(str(bundle))
    RemoteStore(store).push(resolved.folder, resolved.home, resolved.facts)
    cloud.configure("modelberth:store", store)
    return f"{resolved.facts.name}@{resolved.facts.digest}"


def test_status_and_logs(cloud: CloudStack) -> None:
    assert "has no endpoint; stand one up" in modelberth("status", "--stack", "test", cwd=cloud.folder, code=1)
    cloud.deploy(image=image(1), **REAL)
    name = cloud.outputs()["endpoint_name"]
    row = json.loads(modelberth("status", "--stack", "test", "--json", cwd=cloud.folder))[0]
    assert (row["name"], row["status"], row["instances"], row["current"]) == ("shop", "InService", 1, True)
    assert f"{cloud.project}/test/shop" in modelberth("status", "shop", "--stack", "test", cwd=cloud.folder)

    client("cloudwatch").set_alarm_state(AlarmName=f"{name}-errors", StateValue="ALARM", StateReason="test")
    assert f"{name}-errors" in modelberth("status", "--stack", "test", cwd=cloud.folder, code=1)
    client("cloudwatch").set_alarm_state(AlarmName=f"{name}-errors", StateValue="OK", StateReason="test")

    logs, group = client("logs"), f"/aws/sagemaker/Endpoints/{name}"
    logs.create_log_stream(logGroupName=group, logStreamName="main/i-1")
    now = int(time.time() * 1000)
    lines = [{"timestamp": now - 1000 + number, "message": f"line {number}"} for number in range(5)]
    logs.put_log_events(logGroupName=group, logStreamName="main/i-1", logEvents=lines)
    assert modelberth("logs", "--stack", "test", "-n", "2", cwd=cloud.folder) == "line 3\nline 4\n"
    assert "no endpoint 'shoq' of stack 'test'; there is shop" in modelberth(
        "logs", "shoq", "--stack", "test", cwd=cloud.folder, code=1
    )


def test_status_after_a_rollback_tells_what_serves(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **REAL)
    with moto_patches.failing("the alarms rang"), pytest.raises(Failed):
        cloud.deploy(image=image(2), **REAL)
    output = modelberth("status", "--stack", "test", cwd=cloud.folder, code=1)
    assert "InService" in output
    assert "was deployed last and does not serve" in output
    assert "the alarms rang" in output


def test_predict(cloud: CloudStack, echo: Path, tmp_path: Path) -> None:
    cloud.deploy(image=image(1), api="release", **REAL)
    server = Server(echo, tmp_path, MODELBERTH_API="release")
    try:
        with sagemaker_runtime(cloud.outputs()["endpoint_name"], server.url) as url:
            options: Any = {"cwd": cloud.folder, "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": url}
            assert modelberth("predict", "shop", "--stack", "test", "--json", "{}", **options) == "one\n"
            answer = modelberth(
                "predict", "shop", "--stack", "test", "--api", "sleep", "--json", '{"seconds": 0}', **options
            )
            assert float(answer) == 0
            output = modelberth("predict", "shop", "--stack", "test", "--example", code=1, **options)
            assert "serves an image, of which no example is known" in output
    finally:
        server.stop()


def test_check(cloud: CloudStack, echo: Path, tmp_path: Path) -> None:
    cloud.arguments(bundle=pushed(cloud, echo, tmp_path), api="release", **REAL)
    output = modelberth("check", "--stack", "test", cwd=cloud.folder, **NO_CREDENTIALS)
    assert "ManagedEndpoint on sagemaker" in output
    assert "no AWS credentials" in output
    rows = json.loads(modelberth("check", "--stack", "test", "--json", cwd=cloud.folder, **NO_CREDENTIALS))
    assert {row["name"]: row["outcome"] for row in rows} == {
        "shop: declaration": "ok",
        "shop: bundle": "ok",
        "shop: base image": "warning",
        "shop: quota": "left out",
    }

    cloud.arguments(bundle="echo", api="release", **REAL, capture={"percent": 2.5}, volume_gb=900)
    output = modelberth("check", "--stack", "test", cwd=cloud.folder, code=1)
    assert "shop: bundle: 'echo' is not pinned" in output
    assert "shop: capture.percent" in output
    assert "shop: volume_gb" in output


def test_check_of_a_bundle_that_nobody_else_has(cloud: CloudStack, echo: Path, tmp_path: Path) -> None:
    pushed(cloud, echo, tmp_path)
    (tmp_path / "empty").mkdir()
    cloud.configure("modelberth:store", str(tmp_path / "empty"))
    cloud.arguments(bundle=str(echo), api="release")
    output = modelberth("check", "--stack", "test", cwd=cloud.folder, code=1, **NO_CREDENTIALS)
    assert "has no echo@sha256:" in output


def test_check_of_a_local_stack(stack: Stack, echo: Path) -> None:
    stack.configure("bundle", "echo")
    assert "ManagedEndpoint on local" in modelberth("check", "--stack", "test", cwd=stack.folder)
    stack.declare(', scaling={"min": "two"}')
    assert "scaling.min" in modelberth("check", "--stack", "test", cwd=stack.folder, code=1)


@pytest.mark.parametrize(("quota", "code", "outcome"), [(4, 0, "ok"), (3, 1, "refused"), (None, 0, "warning")])
def test_check_reads_the_account_s_quotas(cloud: CloudStack, quota: float | None, code: int, outcome: str) -> None:
    other_quotas = {"ml.m5.xlarge for endpoint usage": 1.0, "ml.m5.large for training job usage": 2.0}
    own_quota = {} if quota is None else {"ml.m5.large for endpoint usage": float(quota)}
    moto_patches.FATE.quotas = {**other_quotas, **own_quota}
    cloud.arguments(image=image(1), **REAL, scaling={"min": 2})
    rows = json.loads(modelberth("check", "--stack", "test", "--json", cwd=cloud.folder, code=code))
    (row,) = (row for row in rows if row["name"] == "shop: quota")
    assert row["outcome"] == outcome
    assert row["rule"] == "4 (twice 2: an update runs both fleets)"
