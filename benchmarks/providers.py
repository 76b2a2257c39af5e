"""Installs the clouds' provider packages for Python into a folder of their own.

The engine downloads the plugin of every provider package that it finds in the environment; so the project's has none.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import tomllib
from pathlib import Path

from benchmarks.machine import ROOT

PACKAGES = ("pulumi-aws", "pulumi-docker", "parver", "arpeggio")
USED = ("appautoscaling", "cloudwatch", "ecr", "iam", "s3", "sagemaker", "sns")
"""The modules of pulumi-aws that the targets import; compiled, they load ten times as fast."""


def versions() -> dict[str, str]:
    """The versions of the packages in `uv.lock`."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {package["name"]: package["version"] for package in locked if package["name"] in PACKAGES}


def install_plugin(name: str, folder: Path) -> None:
    """Put the tests' plugin, `aws` or `docker`, where the engine finds the official one."""
    plugin = folder / f"{name}-plugin" / f"pulumi-resource-{name}"
    plugin.parent.mkdir()
    plugin.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT / "tests" / "engine" / f"{name}_plugin.py"} "$@"\n')
    plugin.chmod(0o755)
    version = versions()[f"pulumi-{name}"]
    command = ["pulumi", "plugin", "install", "resource", name, version, "--file", str(plugin.parent)]
    subprocess.run(command, check=True, capture_output=True)


def install(folder: Path) -> Path:
    """Install the packages into the folder."""
    requirements = [f"{name}=={version}" for name, version in versions().items()]
    command = ["uv", "pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--target", str(folder)]
    subprocess.run([*command, *requirements], check=True)
    for module in USED:
        compileall.compile_dir(folder / "pulumi_aws" / module, quiet=2)
    return folder
