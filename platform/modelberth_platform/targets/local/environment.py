"""Finds the Python environment of a bundle: the current one if it has all that the bundle needs, else a new one."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from filelock import FileLock

from modelberth_platform.bundle.layout import read_yaml
from modelberth_platform.bundle.requirements import direct_requirements, requirements_file
from modelberth_platform.paths import cache_root
from modelberth_platform.targets.local.errors import LocalError

FASTER_SERVING = ("uvloop>=0.21", "httptools>=0.6")
"""Packages that the serving runtime uses if they are installed, since they make it faster."""

_THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

_KEPT_VARIABLES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"}
    | {"XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
    | {"LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"}
)


def inherited_variables(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that a worker gets of the caller's environment: what programs need to run, and no credentials."""
    return {name: value for name, value in environ.items() if name in _KEPT_VARIABLES}


def python_for(bundle: Path) -> str:
    """The path of the interpreter that runs the bundle: this one, or one of an environment built for its requirements.

    Raises:
        LocalError: the environment could not be built.
    """
    return sys.executable if not lacking(bundle) else str(_built(bundle))


def lacking(bundle: Path) -> list[str]:
    """What the current environment lacks for the bundle, in words; empty where it lacks nothing.

    Compared are the Python version and the packages that the bundle itself asks for, at the versions it was locked to,
    since a model must be read by the library that wrote it. The packages that those need in turn may differ.
    """
    reasons = []
    version = _python_version(bundle)
    if version != _THIS_PYTHON:
        reasons.append(f"Python {version} (here is {_THIS_PYTHON})")
    for name, requirement in direct_requirements(bundle).items():
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            reasons.append(str(requirement))
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            reasons.append(f"{requirement} (here is {installed})")
    return reasons


def _python_version(bundle: Path) -> str:
    """The Python version that the bundle asks for, such as `3.11`; that of this interpreter where it asks for none."""
    version = (read_yaml(bundle / "bento.yaml").get("image") or {}).get("python_version")
    return ".".join(str(version).split(".")[:2]) if version else _THIS_PYTHON


def _built(bundle: Path) -> Path:
    version = _python_version(bundle)
    requirements = requirements_file(bundle)
    text = requirements.read_text() if requirements else ""
    key = hashlib.sha256("\n".join([version, text, *FASTER_SERVING]).encode()).hexdigest()[:16]
    folder = cache_root() / "environments" / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    complete = folder / ".complete"
    with FileLock(f"{folder}.lock"):
        if not complete.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            # This interpreter is certainly installed; another one of the same version may not be.
            _uv(["venv", "--python", sys.executable if version == _THIS_PYTHON else version, str(folder)], bundle)
            install = ["pip", "install", "--python", str(folder), "--compile-bytecode", *FASTER_SERVING]
            _uv([*install, "-r", str(requirements)] if requirements else [*install, "bentoml"], bundle)
            complete.touch()
    return folder / "bin" / "python"


def _uv(arguments: list[str], bundle: Path) -> None:
    uv = shutil.which("uv")
    needs = "; ".join(lacking(bundle))
    if uv is None:
        raise LocalError(
            f"the bundle needs {needs}, which the current environment lacks, and uv, which builds one for it, is not "
            "on PATH. Install uv (pip install uv) or the packages"
        )
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    finished = subprocess.run([uv, "--quiet", *arguments], capture_output=True, text=True, env=environment, check=False)
    if finished.returncode:
        error_lines = "\n".join(f"    {line}" for line in finished.stderr.strip().splitlines()[-12:])
        raise LocalError(f"the environment of the bundle ({needs}) could not be built; uv says:\n{error_lines}")
