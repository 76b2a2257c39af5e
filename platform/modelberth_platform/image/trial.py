"""Runs an image in a container as a target would, and the probe inside of it."""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from modelberth_platform.image import engine
from modelberth_platform.image.rules import Rules


@dataclass(frozen=True)
class Trial:
    """The conditions of a trial.

    Attributes:
        rules: of the target.
        memory_mb: the container's memory.
        cpus: the vCPUs that the container gets; None for all of the machine's.
        body: the request's body; None if nothing is asked.
        api: the API that is called; None where the image decides.
    """

    rules: Rules
    memory_mb: int
    cpus: float | None = None
    body: str | None = None
    api: str | None = None

    @property
    def is_short_of_cpu(self) -> bool:
        """Whether the target gives more vCPUs than this machine has."""
        share = self.rules.share_of_cpu(self.memory_mb)
        return share is not None and self.cpus is not None and self.cpus < _hundredths(share)

    def of(self, image: str, facts: dict[str, Any]) -> dict[str, Any]:
        """What the probe reports from inside of a container of the image, or what the engine says instead."""
        rules = self.rules
        seconds = rules.longest_start_seconds + rules.invoke_seconds + rules.stop_seconds + 30
        command = ["run", *self._options(), "--entrypoint", "python", image, "-", json.dumps(self._plan(facts))]
        source = (files("modelberth_platform.image") / "probe.py").read_text()
        try:
            result = engine.docker(*command, check=False, input=source, timeout=seconds)
        except subprocess.TimeoutExpired:
            return {"engine": f"the container did not end within {seconds:g} s"}
        lines = result.stdout.strip().splitlines()
        if result.returncode == 0 and lines:
            return dict(json.loads(lines[-1]))
        return {"engine": result.stderr.strip()[-800:] or f"exit code {result.returncode}", "code": result.returncode}

    def _options(self) -> list[str]:
        memory = f"{self.memory_mb}m"
        options = ["--rm", "--interactive", "--network", "none", f"--memory={memory}", f"--memory-swap={memory}"]
        options += [f"--cpus={self.cpus:.2f}"] if self.cpus else []
        options += ["--read-only", "--tmpfs", "/tmp"] if self.rules.read_only else []  # noqa: S108
        options += ["--env", f"MODELBERTH_API={self.api}"] if self.api else []
        # By it the runtime knows how many threads numeric libraries may start.
        options += ["--env", f"AWS_LAMBDA_FUNCTION_MEMORY_SIZE={self.memory_mb}"] if self.rules.role == "lambda" else []
        return options

    def _plan(self, facts: dict[str, Any]) -> dict[str, Any]:
        entry_point, arguments = facts["Config"].get("Entrypoint") or [], facts["Config"].get("Cmd") or []
        return {
            "role": self.rules.role,
            "command": [*entry_point, *(self.rules.arguments or arguments)],
            "port": 8080,
            "body": self.body,
            "start_seconds": self.rules.longest_start_seconds,
            "invoke_seconds": self.rules.invoke_seconds,
            "stop_seconds": self.rules.stop_seconds,
            "log": "/tmp/modelberth-check.log",  # noqa: S108 - inside of the container
        }


def cpus_of(rules: Rules, memory_mb: int) -> float | None:
    """The vCPUs that a container gets for a trial: what comes with the memory, as far as this machine has it."""
    share, present = rules.share_of_cpu(memory_mb), engine.cpus()
    if share is None or present is None:
        return None
    return min(_hundredths(share), present)


def _hundredths(share: float) -> float:
    """A share in the steps in which an engine gives it, at least one of them."""
    return max(math.floor(share * 100), 1) / 100
