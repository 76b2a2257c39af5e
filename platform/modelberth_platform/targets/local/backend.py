"""Finds out which Pulumi backend holds the state of the stack that is being deployed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.layout import read_yaml


def current_backend() -> str:
    """The URL of the backend, or an empty text where none is known.

    It is looked for where the Pulumi CLI looks: in the environment, the project file and the last login. Two backends
    may hold stacks of the same name, whose endpoints must not share a folder.
    """
    if url := os.environ.get("PULUMI_BACKEND_URL"):
        return url
    project = Path.cwd() / "Pulumi.yaml"
    try:
        if url := (read_yaml(project).get("backend") or {}).get("url"):
            return f"{project.parent}|{url}" if str(url).startswith("file://.") else str(url)
        home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
        return str(json.loads((home / "credentials.json").read_text()).get("current") or "")
    except (BundleError, OSError, ValueError):
        return ""
