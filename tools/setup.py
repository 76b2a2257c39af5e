"""Sets up what the project needs on a fresh machine, with nothing but Python's standard library.

    python3 tools/setup.py          install or build what is missing; say what was done and how long it took
    python3 tools/setup.py --env    the same, and print the lines that put the tools on a shell's PATH

Four things: uv, the project's virtual environment, the Pulumi CLI, the clouds' provider packages. What is on PATH in a
sufficient version is used; the rest goes to a cache outside of the checkout.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    if sys.version_info < (3, 11):
        print(
            f"modelberth needs Python 3.11 or later; this is {sys.version.split()[0]} ({sys.executable}).",
            file=sys.stderr,
        )
        print("Install one (on Debian: apt-get install python3) and run make PYTHON=/path/to/python3", file=sys.stderr)
        return 1
    sys.path.insert(0, str(Path(__file__).parent))
    from setup_providers import ensure_providers
    from setup_pulumi import ensure_pulumi
    from setup_support import SetupError, run
    from setup_uv import ensure_uv

    try:
        uv = step("uv", ensure_uv)
        locked = [str(uv), "sync", "--quiet", "--locked", "--python", sys.executable]
        step("environment", lambda: run(locked, "uv could not set up the environment", cwd=ROOT))
        pulumi = step("Pulumi CLI", lambda: ensure_pulumi(ROOT / "tools" / "pulumi", uv))
        providers = step("providers", lambda: ensure_providers(ROOT / "uv.lock", uv))
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    if "--env" in sys.argv[1:]:
        print_environment([ROOT / ".venv" / "bin", pulumi.parent, uv.parent], providers)
    return 0


def step(name: str, action: Callable[[], T]) -> T:
    """Take a step of the setup and say how long it took."""
    started = time.monotonic()
    result = action()
    where = f"  {result}" if isinstance(result, Path) else ""
    print(f"{name:<12} ready  {time.monotonic() - started:6.1f} s{where}", file=sys.stderr)
    return result


def print_environment(folders: list[Path], providers: Path) -> None:
    """What a shell evaluates: the tools on PATH, what Pulumi's file backend needs, where the provider packages are."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "modelberth" / "pulumi"
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    existing = os.environ.get("PATH", "").split(os.pathsep)
    added = [str(folder) for folder in dict.fromkeys(folders) if str(folder) not in existing]
    backend = os.environ.get("PULUMI_BACKEND_URL") or f"file://{state}"
    lines = [
        f"export PATH={shlex.quote(os.pathsep.join(added + existing))}",
        f"export PULUMI_BACKEND_URL={shlex.quote(backend)}",
        f"export MODELBERTH_PROVIDERS={shlex.quote(str(providers))}",
        # The dev stacks hold no secret: a local endpoint takes its own from the caller's environment. So they share the
        # empty passphrase, whose salt is committed beside their configuration.
        "export PULUMI_CONFIG_PASSPHRASE=''",
        "export PULUMI_SKIP_UPDATE_CHECK=true",
        # Without byte code every Pulumi command takes twice as long.
        "unset PYTHONDONTWRITEBYTECODE",
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
