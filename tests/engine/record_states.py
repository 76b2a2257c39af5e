"""Records the states of this version for `test_upgrade.py`: `make test ARGS=tests/engine/record_states.py`.

Nothing collects it, it is only run by its name. See `states/README.md`.
"""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from image.conftest import ContainerEngine, container_engine

from engine.cloud import CloudStack, client, image
from engine.images import image_settings
from engine.recorded import BUNDLE, STATES, RecordedStack, recorded_stack

__all__ = ["container_engine"]

VERSION = version("modelberth")
REAL: dict[str, Any] = {"instance_type": "ml.m5.large"}
SECRETS = {"TOKEN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token"}
SERVED: dict[str, Any] = {"bundle": f"./{BUNDLE}", "api": "release"}
LOCAL: dict[str, Any] = {**SERVED, "scaling": {"min": 2}, "env": {"MODE": "strict"}, "secrets": SECRETS}

GIVEN: dict[str, dict[str, Any]] = {
    "real-time": {
        **REAL,
        "scaling": {"min": 2, "max": 4, "target": 100},
        "capture": {"percent": 10},
        "alarms": {"notify": "team@example.com", "no_invocations_minutes": 60, "owner": "us"},
        "callers": ["arn:aws:iam::210987654321:role/web"],
        "dashboard": True,
        "secrets": SECRETS,
        "tags": {"team": "shop"},
    },
    "serverless": {},
    "asynchronous": {"asynchronous": REAL, "scaling": {"min": 0, "max": 3}},
}
BUILT: dict[str, dict[str, Any]] = {
    "variants": {"variants": {"challenger": {"bundle": f"./{BUNDLE}", "weight": 0.1}}},
    "shadow": {"shadow": {"bundle": f"./{BUNDLE}", "percent": 50}},
}


@pytest.fixture(scope="module", autouse=True)
def bundle(echo: Path) -> None:
    """The folder of this version, with the built Bento in it; one that is there is never written again."""
    folder = STATES / VERSION
    assert not folder.exists(), f"the states of {VERSION} are recorded already, and stay as they are"
    shutil.copytree(echo, folder / BUNDLE)
    (folder / BUNDLE / "README.md").unlink()
    for superfluous in ("apis", "env/docker"):
        shutil.rmtree(folder / BUNDLE / superfluous)


def record(stack: RecordedStack, cloud: str, component: str, arguments: dict[str, Any], **settings: str) -> None:
    settings |= {"modelberth:cloud": cloud, "component": component, "arguments": json.dumps(arguments)}
    for key, value in settings.items():
        stack.run("config", "set", key, value)
    try:
        stack.run("up", "--yes", "--skip-preview")
        assert stack.planned_steps() == []
        stack.record()
    finally:
        stack.destroy()


@pytest.mark.parametrize("name", GIVEN)
def test_with_a_given_image(cloud: CloudStack, machine: Path, name: str) -> None:
    settings = {"aws:region": "eu-central-1", "invoker": "batch"}
    client("iam").create_role(RoleName="batch", AssumeRolePolicyDocument="{}")
    with recorded_stack(machine, VERSION, name) as stack:
        record(stack, "aws", "ManagedEndpoint", {"image": image(1), **GIVEN[name]}, **settings)
    client("iam").delete_role(RoleName="batch")


@pytest.mark.parametrize("name", BUILT)
def test_built_from_a_bundle(
    cloud: CloudStack, machine: Path, tmp_path: Path, container_engine: ContainerEngine, name: str
) -> None:
    settings = {"aws:region": "eu-central-1"}
    settings["modelberth:images"] = json.dumps(image_settings(container_engine, tmp_path))
    with recorded_stack(machine, VERSION, name) as stack:
        record(stack, "aws", "ManagedEndpoint", {**SERVED, **REAL, **BUILT[name]}, **settings)


@pytest.mark.parametrize(
    ("name", "component", "more"),
    [("local-managed", "ManagedEndpoint", {}), ("local-self-hosted", "SelfHostedEndpoint", {"runtime": "ecs"})],
)
def test_on_local(
    machine: Path, monkeypatch: pytest.MonkeyPatch, name: str, component: str, more: dict[str, Any]
) -> None:
    monkeypatch.setenv("TOKEN", "of this machine")
    with recorded_stack(machine, VERSION, name) as stack:
        record(stack, "local", component, {**LOCAL, **more})
