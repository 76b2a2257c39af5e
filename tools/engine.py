"""Runs a container engine and a registry on loopback for the tests, with a base image, from Debian's packages alone.

    python3 tools/engine.py start    start them where they do not run
    python3 tools/engine.py env      print what a shell needs to use them; nothing where they do not run
    python3 tools/engine.py stop     stop them

To build images, any container engine will do; the tests need one whose images and registry are theirs alone. This one
needs Debian or Ubuntu, root, and: apt-get install docker.io docker-registry debootstrap
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from setup_support import SetupError, filled_once, run, say, tools_cache

PACKAGES = {"dockerd": "docker.io", "docker-registry": "docker-registry", "debootstrap": "debootstrap"}
STORAGE_DRIVERS = ("overlay2", "fuse-overlayfs", "vfs")
"""The storage drivers, tried in this order; the last one is slow, since it copies every layer, but works everywhere."""

_START_SECONDS = 40
_MIRROR = "http://deb.debian.org/debian"


def main() -> int:
    actions = {"start": start, "env": environment, "stop": stop}
    action = actions.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if action is None:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        action()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def start() -> None:
    """Start what does not run yet."""
    missing = [package for program, package in PACKAGES.items() if not _program(program)]
    if missing:
        raise SetupError(f"no {', '.join(missing)} here; on Debian: apt-get install -y {' '.join(missing)}")
    if os.geteuid():
        raise SetupError("a container engine of the tests' own needs root")
    running = _running()
    if running and running["base"]:
        return
    stop()
    folder().mkdir(parents=True, exist_ok=True)
    port = _free_port()
    base = f"127.0.0.1:{port}/python:3.11"
    record: dict[str, Any] = {"pids": {}, "registry": f"127.0.0.1:{port}", "docker": _docker_that_builds(), "base": ""}
    for name, begin in (("registry", lambda: _start_registry(port)), ("dockerd", _start_dockerd)):
        record["pids"][name] = begin()
        _record().write_text(json.dumps(record))  # so that `stop` ends it, whatever fails next
    say("the base image: Debian with Python 3.11")
    _docker(record, "import", str(_base_archive()), base)
    _docker(record, "push", "--quiet", base)
    digest = _docker(record, "image", "inspect", "--format", "{{index .RepoDigests 0}}", base).strip()
    record["base"] = f"{base}@{digest.partition('@')[2]}"
    _record().write_text(json.dumps(record))


def environment() -> None:
    """Print the lines that a shell evaluates."""
    record = _running()
    if record is None or not record["base"]:
        return
    variables = {
        "DOCKER_HOST": _host(),
        "MODELBERTH_TEST_REGISTRY": record["registry"],
        "MODELBERTH_TEST_BASE_IMAGE": record["base"],
    }
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"export PATH={shlex.quote(str(Path(record['docker']).parent))}:$PATH")


def stop() -> None:
    """Stop them; images stay in the cache."""
    if not _record().is_file():
        return
    for pid in json.loads(_record().read_text())["pids"].values():
        if _is_ours(pid):
            _end(pid)
    _record().unlink()


def folder() -> Path:
    """Where the engine keeps its images and its socket."""
    return tools_cache().parent / "engine"


def _record() -> Path:
    return folder() / "engine.json"


def _host() -> str:
    return f"unix://{folder() / 'docker.sock'}"


def _running() -> dict[str, Any] | None:
    """The record of the engine and the registry if both of them answer, else None."""
    try:
        record = json.loads(_record().read_text())
        _docker(record, "version")
        urllib.request.urlopen(f"http://{record['registry']}/v2/", timeout=5).close()
    except (OSError, ValueError, SetupError, urllib.error.URLError):
        return None
    return dict(record)


def _start_registry(port: int) -> int:
    configuration = folder() / "registry.yml"
    configuration.write_text(
        json.dumps(
            {
                "version": 0.1,
                "storage": {"filesystem": {"rootdirectory": str(folder() / "registry")}, "delete": {"enabled": True}},
                "http": {"addr": f"127.0.0.1:{port}"},
            }
        )
    )
    return _background([_program("docker-registry"), "serve", str(configuration)], "registry.log")


def _start_dockerd() -> int:
    (folder() / "docker.pid").unlink(missing_ok=True)
    for driver in STORAGE_DRIVERS:
        command = [_program("dockerd"), "--iptables=false", "--ip6tables=false", "--bridge=none", "-H", _host()]
        command += ["--storage-driver", driver, "--data-root", str(folder() / "data")]
        command += ["--exec-root", str(folder() / "exec"), "--pidfile", str(folder() / "docker.pid")]
        pid = _background(command, "dockerd.log")
        deadline = time.monotonic() + _START_SECONDS
        while _alive(pid) and time.monotonic() < deadline:
            if (
                subprocess.run(
                    [_program("docker"), "-H", _host(), "version"], capture_output=True, check=False
                ).returncode
                == 0
            ):
                say(f"a container engine runs, with the storage driver {driver}")
                return pid
            time.sleep(0.2)
        _end(pid)
    log = (folder() / "dockerd.log").read_text().splitlines()[-10:]
    raise SetupError("the container engine does not start:\n" + "\n".join(log))


def _docker_that_builds() -> str:
    """A docker command, alone in a folder, that can build with BuildKit: one before 23, or one with buildx."""
    for candidate in ("/usr/bin/docker", _program("docker")):
        if not Path(candidate).is_file():
            continue
        version = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False).stdout
        buildx = subprocess.run([candidate, "buildx", "version"], capture_output=True, check=False).returncode == 0
        if buildx or "version 20." in version:
            link = folder() / "bin" / "docker"
            link.parent.mkdir(exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(candidate)
            return str(link)
    raise SetupError("no docker command here can build with BuildKit; install docker.io or docker-buildx-plugin")


def _base_archive() -> Path:
    """A tar of Debian with Python: a base image that needs no public registry."""
    target = folder() / "base"
    with filled_once(target) as filling:
        if filling is not None:
            root = filling / "root"
            packages = "--include=ca-certificates,python3,python3-venv"
            command = [_program("debootstrap"), "--variant=minbase", packages, "bookworm", str(root), _MIRROR]
            run(command, "the base image could not be made")
            left_out = ["--exclude=./var/cache/apt", "--exclude=./var/lib/apt/lists"]
            run(["tar", "-C", str(root), *left_out, "-cf", str(filling / "base.tar"), "."], "tar failed")
            shutil.rmtree(root)
    return target / "base.tar"


def _docker(record: dict[str, Any], *arguments: str) -> str:
    return run([record["docker"], "-H", _host(), *arguments], "docker failed")


def _background(command: list[str], log: str) -> int:
    with (folder() / log).open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    return process.pid


def _end(pid: int) -> None:
    for number, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience
        while _alive(pid):
            os.kill(pid, number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)


def _is_ours(pid: int) -> bool:
    """Whether the process is one that was started here; its id may have been given to another one since."""
    try:
        return str(folder()) in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def _alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
