"""A stack on the real engine: the `pulumi` command, run on a program of the stack's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

PROGRAM = """
import pulumi
from modelberth import {component}

config = pulumi.Config()
endpoint = {component}("shop", bundle=config.require("bundle"), api="release"{arguments})
for name in ("url", "base_url", "endpoint_name", "release"):
    pulumi.export(name, getattr(endpoint, name))
"""


class Failed(Exception):
    """The command failed; the message is what it printed."""


class Stack:
    """One project with one stack, in a folder of its own."""

    def __init__(self, folder: Path, project: str) -> None:
        self.folder = folder
        self.project = project
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(
            f"name: {project}\nruntime:\n  name: python\n  options: {{toolchain: uv, virtualenv: {sys.prefix}}}\n"
        )
        (folder / "Pulumi.test.yaml").write_text("config:\n  modelberth:cloud: local\n")
        self.declare()
        self.run("stack", "init", "test")

    def declare(self, arguments: str = "", component: str = "ManagedEndpoint") -> None:
        """Write the program; `arguments` are source text, put behind the arguments that every program has."""
        program = PROGRAM.format(component=component, arguments=arguments)
        (self.folder / "__main__.py").write_text(program)

    def command(self, *arguments: str) -> list[str]:
        return ["pulumi", "--non-interactive", "--color", "never", *arguments]

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        finished = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if finished.returncode:
            raise Failed(finished.stdout + finished.stderr)
        return finished.stdout

    def configure(self, key: str, value: str) -> None:
        """Write one setting of the stack, as `pulumi config set` would in a fifth of a second."""
        file = self.folder / "Pulumi.test.yaml"
        settings = yaml.safe_load(file.read_text())
        settings["config"][key if ":" in key else f"{self.project}:{key}"] = value
        file.write_text(yaml.safe_dump(settings))

    def up(self, bundle: object, *arguments: str, env: dict[str, str] | None = None) -> str:
        return self.run(
            "up", "--yes", "--skip-preview", "--config", f"{self.project}:bundle={bundle}", *arguments, env=env
        )

    def preview(self, bundle: object, *arguments: str) -> str:
        return self.run("preview", "--config", f"{self.project}:bundle={bundle}", *arguments)

    def steps(self, bundle: object) -> dict[str, str]:
        """The operation that a preview shows for each resource that changes, by the resource's name."""
        preview = json.loads(self.preview(bundle, "--json"))
        steps = {step["urn"].rpartition("::")[2]: step["op"] for step in preview["steps"]}
        return {name: op for name, op in steps.items() if op != "same"}

    def refresh(self) -> str:
        return self.run("refresh", "--yes", "--skip-preview")

    def destroy(self) -> str:
        return self.run("destroy", "--yes", "--skip-preview")

    def state(self) -> dict[str, Any]:
        """The resources of the state, by name."""
        exported = json.loads(self.run("stack", "export"))
        resources = exported["deployment"].get("resources", [])
        return {resource["urn"].rpartition("::")[2]: resource for resource in resources}

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--json"))
        return outputs

    @property
    def endpoint_folder(self) -> Path:
        return Path(self.state()["shop-slot"]["outputs"]["directory"])

    def host_pid(self) -> int:
        from modelberth_platform.targets.local import control
        from modelberth_platform.targets.local.folder import Folder

        return control.status(Folder(self.endpoint_folder))["pid"]

    def worker_pids(self) -> list[int]:
        from modelberth_platform.targets.local import control
        from modelberth_platform.targets.local.folder import Folder

        return [worker["pid"] for worker in control.status(Folder(self.endpoint_folder))["workers"] if worker["pid"]]

    def answer(self) -> str:
        """The name of the release that answers a request."""
        return str(httpx.post(self.outputs()["url"], json={}, timeout=20).raise_for_status().text)

    def kill_during(self, *arguments: str, when: Callable[[], bool], mark: str) -> None:
        """Run a command and kill it with SIGKILL as soon as `when` holds."""
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env={**os.environ, "MODELBERTH_TEST_MARK": mark},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: when() or process.poll() is not None, timeout=120, poll=0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()


def eventually(condition: Callable[[], object], timeout: float = 60, poll: float = 0.05) -> None:
    """Wait until the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {timeout} s: {condition}"
        time.sleep(poll)


def marked(mark: str) -> list[psutil.Process]:
    """The living processes that a command with that mark has started."""
    return [process for process in psutil.process_iter() if _alive_with(process, "MODELBERTH_TEST_MARK", mark)]


def of_endpoint(folder: Path) -> list[psutil.Process]:
    """The living processes of the endpoint with that state folder."""
    return [process for process in psutil.process_iter() if _alive_with(process, "MODELBERTH_DIRECTORY", str(folder))]


def _alive_with(process: psutil.Process, variable: str, value: str) -> bool:
    try:
        return process.environ().get(variable) == value and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False
