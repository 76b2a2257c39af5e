"""The examples for Lambda, as their production stacks declare them: previewed on the real engine, against moto."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import ROOT
from image.conftest import ContainerEngine, container_engine

from engine.cloud import FunctionStack, everything
from engine.images import image_settings
from engine.test_cloud_commands import modelberth

__all__ = ["container_engine"]


def previewed(
    function: FunctionStack, name: str, engine: ContainerEngine, bundle: str, tmp_path: Path
) -> dict[str, dict[str, Any]]:
    """The inputs of each resource that a preview of the example's production stack would make, by name."""
    folder = function.folder.parent / f"{function.project}-example"
    shutil.copytree(ROOT / "examples" / name, folder)
    project = (folder / "Pulumi.yaml").read_text()
    (folder / "Pulumi.yaml").write_text(project.replace("../../.venv", sys.prefix))
    stack = (folder / "Pulumi.prod.yaml").read_text()
    (folder / "Pulumi.prod.yaml").write_text(stack.replace("s3://example-models/bundles", str(tmp_path / "store")))
    modelberth("bundle", "push", bundle, "--stack", "prod", cwd=folder)
    assert "on aws_lambda" in modelberth("check", "--stack", "prod", cwd=folder)

    def pulumi(*arguments: str) -> str:
        command = ["pulumi", "--non-interactive", "--stack", "prod", *arguments]
        finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    subprocess.run(["pulumi", "stack", "init", "prod"], cwd=folder, check=True, capture_output=True, env=os.environ)
    pulumi("config", "set", "modelberth:images", json.dumps(image_settings(engine, tmp_path)))
    steps = json.loads(pulumi("preview", "--json"))["steps"]
    pulumi("stack", "rm", "--yes", "--preserve-config")
    assert everything() == {}
    assert {step["op"] for step in steps} == {"create"}
    return {step["urn"].rpartition("::")[2]: step["newState"].get("inputs", {}) for step in steps}


def test_with_tokens(
    function: FunctionStack, container_engine: ContainerEngine, digits_and_tumor: dict[str, str], tmp_path: Path
) -> None:
    planned = previewed(function, "lambda-with-tokens", container_engine, "tumor", tmp_path)
    tokens = planned["tumor-authorizer"]["jwtConfiguration"]
    assert tokens == {"audiences": ["tumor"], "issuer": "https://login.example.com/"}
    route = planned["tumor-route/diagnose"]
    assert (route["authorizationType"], route["authorizationScopes"]) == ("JWT", ["tumor/diagnose"])
    assert planned["tumor-stage"]["defaultRouteSettings"] == {"throttlingBurstLimit": 40, "throttlingRateLimit": 20}
    assert planned["tumor-release"]["rollout"] == {"strategy": "canary", "percent": 10, "bake_seconds": 600}


def test_private(
    function: FunctionStack, container_engine: ContainerEngine, digits_and_tumor: dict[str, str], tmp_path: Path
) -> None:
    planned = previewed(function, "private-lambda", container_engine, "digits", tmp_path)
    api = planned["digits-api"]
    assert api["endpointConfiguration"] == {"types": "PRIVATE", "vpcEndpointIds": ["vpce-0123456789abcdef0"]}
    assert "digits-private-endpoint" not in planned
    assert planned["digits-function"]["memorySize"] == 3072
    assert (planned["digits-scaling-target"]["minCapacity"], planned["digits-scaling-target"]["maxCapacity"]) == (2, 10)
