"""The clouds' provider packages and their plugins, as benchmarks and tests use them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path

from benchmarks.machine import ROOT


def packages() -> Path:
    """The folder of the provider packages, which `make` sets up (`tools/setup_providers.py`).

    Raises:
        RuntimeError: this does not run in `make`, nor in a shell that `make env` has prepared.
    """
    folder = os.environ.get("MODELBERTH_PROVIDERS")
    if not folder:
        raise RuntimeError('MODELBERTH_PROVIDERS is not set; use make, or a shell after eval "$(make -s env)"')
    return Path(folder)


def install_plugin(name: str, folder: Path) -> None:
    """Put the tests' plugin, `aws` or `docker`, where the engine finds the official one."""
    plugin = folder / f"{name}-plugin" / f"pulumi-resource-{name}"
    plugin.parent.mkdir()
    plugin.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT / "tests" / "engine" / f"{name}_plugin.py"} "$@"\n')
    plugin.chmod(0o755)
    installed = next(iter(Distribution.discover(name=f"pulumi-{name}", path=[str(packages())])))
    command = ["pulumi", "plugin", "install", "resource", name, installed.version, "--file", str(plugin.parent)]
    subprocess.run(command, check=True, capture_output=True)
