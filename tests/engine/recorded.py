"""Stacks as an earlier version left them: written by `record_states.py`, replayed by `test_upgrade.py`.

What a state has of the machine that it was recorded on is a placeholder, `{{key}}` for one, which the replay fills with
what the same thing is on its own machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.stack import Stack

STATES = Path(__file__).parent / "states"
BUNDLE = "echo"
"""The folder of the built Bento that the states of a version serve; it lies beside them."""

PROGRAM = """
import json

import modelberth
import pulumi

config = pulumi.Config()
component = getattr(modelberth, config.require("component"))
endpoint = component("shop", **json.loads(config.require("arguments")))
if invoker := config.get("invoker"):
    endpoint.grant_invoke(invoker)
for name in ("url", "base_url", "endpoint_name", "release"):
    pulumi.export(name, getattr(endpoint, name))
"""


class RecordedStack(Stack):
    """One endpoint, `shop`, whose component and arguments are the stack's configuration."""

    def __init__(self, machine: Path, version: str, name: str) -> None:
        project = f"recorded-{name}"
        super().__init__(machine / project, project)
        (self.folder / "__main__.py").write_text(PROGRAM)
        shutil.copytree(STATES / version / BUNDLE, self.folder / BUNDLE)
        self.configuration = self.folder / "Pulumi.test.yaml"
        self.recorded = STATES / version / name

    def record(self) -> None:
        """Write the state and the configuration that led to it."""
        exported = json.loads(self.run("stack", "export", "--show-secrets"))
        text = json.dumps(_lasting(exported), indent=2) + "\n"
        for placeholder, value in self._of_this_machine().items():
            text = text.replace(value, placeholder)
        self.recorded.with_suffix(".json").write_text(text)
        self.recorded.with_suffix(".yaml").write_text(self._configuration(salt=False))

    def restore(self) -> None:
        """Make the state and the configuration what they were when they were recorded."""
        salt = self._configuration(salt=True)
        self.configuration.write_text(self.recorded.with_suffix(".yaml").read_text() + salt)
        text = self.recorded.with_suffix(".json").read_text()
        for placeholder, value in self._of_this_machine().items():
            text = text.replace(placeholder, value)
        assert "{{" not in text
        state = json.loads(text)
        encrypted = {"salt": salt.partition(": ")[2].strip()}  # else an import has no key for the secrets
        state["deployment"]["secrets_providers"] = {"type": "passphrase", "state": encrypted}
        (self.folder / "recorded.json").write_text(json.dumps(state))
        self.run("stack", "import", "--file", "recorded.json")

    def planned_steps(self) -> list[dict[str, Any]]:
        """What a preview would do, where it is not `same`; without providers, whose versions are their packages'."""
        steps: list[dict[str, Any]] = json.loads(self.run("preview", "--json"))["steps"]
        return [step for step in steps if step["op"] != "same" and "::pulumi:providers:" not in step["urn"]]

    def _configuration(self, salt: bool) -> str:
        """The stack's configuration: the line with the salt of its secrets, or all others."""
        lines = self.configuration.read_text().splitlines(keepends=True)
        return "".join(line for line in lines if line.startswith("encryptionsalt:") == salt)

    def _of_this_machine(self) -> dict[str, str]:
        """The placeholders; reckoned here once more, since an upgrade that reckons otherwise loses what runs."""
        kind = next(line.split()[-1] for line in self.configuration.read_text().splitlines() if ":component:" in line)
        urn = f"urn:pulumi:test::{self.project}::modelberth:index:{kind}::shop"
        key = hashlib.sha256(f"{os.environ['PULUMI_BACKEND_URL']}\n{urn}".encode()).hexdigest()[:16]
        return {
            "{{directory}}": str(Path(os.environ["XDG_STATE_HOME"]) / "modelberth" / key),
            "{{key}}": key,
            '"machine": "{{machine}}"': f'"machine": "{platform.node()}"',
        }


@contextmanager
def recorded_stack(machine: Path, version: str, name: str) -> Iterator[RecordedStack]:
    """The stack, on a backend that afterwards knows nothing of it."""
    stack = RecordedStack(machine, version, name)
    try:
        yield stack
    finally:
        stack.run("stack", "rm", "--force", "--yes")
        shutil.rmtree(stack.folder)


def _lasting(exported: dict[str, Any]) -> dict[str, Any]:
    """Without times, paths of the recording machine, and the key of the secrets, which an import encrypts anew."""
    deployment = exported["deployment"]
    deployment["manifest"] = {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}
    deployment.pop("secrets_providers", None)
    for resource in deployment["resources"]:
        for passing in ("created", "modified", "sourcePosition", "stackTrace"):
            resource.pop(passing, None)
    return exported
