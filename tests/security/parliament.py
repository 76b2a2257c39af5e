"""parliament over policies: what it finds, one line each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_COMMAND = ["uvx", "--quiet", "--with", "setuptools<80", "parliament==1.6.4"]


def findings(policies: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    """What it finds in policies of identities, by the names that they are given; `folder` is a new one."""
    folder.mkdir()
    for name, policy in policies.items():
        (folder / f"{name}.json").write_text(json.dumps(policy))
    command = [*_COMMAND, "--directory", str(folder), "--include_policy_extension", "json", "--json"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not found.stderr, found.stderr
    return [json.loads(line) for line in found.stdout.splitlines() if line.strip()]
