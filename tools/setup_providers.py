"""The clouds' provider packages for Python, of the versions of `uv.lock`, in a folder of their own.

The engine downloads the plugin of every provider package that it finds in the environment, so the project's has none.
Tests, benchmarks and the type checker find them in the folder that `MODELBERTH_PROVIDERS` names.
"""

from __future__ import annotations

import compileall
import hashlib
import os
import sys
import tomllib
from pathlib import Path

from setup_support import SetupError, filled_once, run, say, tools_cache

PACKAGES = ("pulumi-aws", "pulumi-docker", "parver")
"""The provider packages, and what of their needs the environment lacks."""

MODULES = (
    *("apigateway", "apigatewayv2", "appautoscaling", "cloudwatch", "ec2", "ecr", "iam", "lambda_", "s3"),
    *("sagemaker", "sns"),
)
"""The modules of pulumi-aws that the targets use: compiled, they load ten times as fast, and the type checker knows no
others."""


def ensure_providers(lock: Path, uv: Path) -> Path:
    """The folder of the packages; `lock` is the project's `uv.lock`.

    Raises:
        SetupError: they are not there and cannot be installed.
    """
    requirements = _requirements(lock)
    made_of = f"{sys.version_info[:2]}\n{requirements}".encode() + Path(__file__).read_bytes()
    folder = tools_cache() / f"providers-{hashlib.sha256(made_of).hexdigest()[:12]}"
    given = Path(os.environ.get("MODELBERTH_PROVIDERS", ""))
    if given.name == folder.name and given.is_dir():
        return given
    with filled_once(folder) as filling:
        if filling is not None:
            say(f"installing {', '.join(PACKAGES)} into {folder}")
            _install(requirements, filling, uv)
            _write_stub(filling / "pulumi_aws")
            for module in MODULES:
                compileall.compile_dir(filling / "pulumi_aws" / module, quiet=2)
    return folder


def _requirements(lock: Path) -> str:
    """Versions and hashes as they are locked."""
    locked = {package["name"]: package for package in tomllib.loads(lock.read_text())["package"]}
    lines = []
    for name in PACKAGES:
        hashes = [f"--hash={wheel['hash']}" for wheel in locked[name]["wheels"]]
        lines.append(" ".join([f"{name}=={locked[name]['version']}", *hashes]))
    return "\n".join(lines) + "\n"


def _install(requirements: str, folder: Path, uv: Path) -> None:
    wanted = folder / "requirements.txt"
    wanted.write_text(requirements)
    options = ["--quiet", "--python", sys.executable, "--no-deps", "--require-hashes"]
    install = [str(uv), "pip", "install", *options, "--target", str(folder), "--requirements", str(wanted)]
    run(install, "the provider packages could not be installed")


def _write_stub(package: Path) -> None:
    """Write `pulumi_aws/__init__.pyi`, which a type checker reads in place of `__init__.py`; Python does not.

    It is the package's own text, but for the modules that it offers: `MODULES` instead of all of them. With all of them
    mypy reads 2,900 files, which takes five times as long and four times the memory. Every other file is read as it
    is, and a module that is not offered is an error in what uses it.
    """
    text = (package / "__init__.py").read_text()
    own, found, _ = text.partition("# Make subpackages available:\n")
    if not found:
        raise SetupError(f"{package / '__init__.py'} no longer says where its modules begin; change _write_stub")
    offered = "".join(f"from . import {module} as {module}\n" for module in MODULES)
    (package / "__init__.pyi").write_text(own + offered)
