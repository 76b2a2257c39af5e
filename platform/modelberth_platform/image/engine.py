"""Runs the container engine by its own command line, to which the user's Docker context, login and rights apply."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modelberth_platform.image.errors import ImageError
from modelberth_platform.image.rules import DOCKER_MANIFEST

Say = Callable[[str], None]


def docker(*arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `docker`; what it prints is captured.

    Raises:
        ImageError: docker is not installed; or, with `check`, no engine answers or the command failed.
    """
    result = subprocess.run([_command(), *arguments], capture_output=True, text=True, check=False, **options)
    if check and result.returncode:
        raise ImageError(_explained(result.stderr, f"docker {arguments[0]}"))
    return result


def require_engine() -> None:
    """Check that an engine answers.

    Raises:
        ImageError: none does; the message says how to start one.
    """
    docker("version", "--format", "{{.Server.Version}}")


def build(context: Path, tag: str, *, platform: str, network: str | None = None, say: Say = lambda _: None) -> None:
    """Build a context into an image named `tag`.

    Args:
        context: a folder with a Dockerfile.
        tag: the image's name.
        platform: `linux/amd64` or `linux/arm64`.
        network: the engine's network for the build, such as `host`.
        say: is called with every step.

    Raises:
        ImageError: it is no build context, no engine answers, or the build failed; the message has the engine's words.
    """
    if not (context / "Dockerfile").is_file():
        raise ImageError(f"{context} is no build context: it holds no Dockerfile")
    require_engine()
    with _secrets() as secrets:
        command = [_command(), "build", "--progress=plain", "--platform", platform, "--tag", tag, *secrets]
        command += ["--network", network] if network else []
        # With attestations an image becomes an index, which neither SageMaker nor Lambda takes.
        environment = {**os.environ, "DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
        process = subprocess.Popen(
            [*command, str(context)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
        )
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if step := re.match(r"#\d+ \[(.+)\] (.+)", line):
                say(f"{step[1]}: {step[2][:100]}")
        if process.wait():
            raise ImageError(_explained("\n".join(lines), "the build"))


def push(tag: str) -> str:
    """Push an image and return its name by digest, `REPOSITORY@sha256:…`.

    Raises:
        ImageError: the registry refused it or cannot be reached.
    """
    docker("push", "--quiet", tag)
    names: list[str] = inspect(tag)["RepoDigests"]
    repository = tag.rpartition(":")[0]
    return next(name for name in names if name.startswith(f"{repository}@"))


def inspect(image: str) -> dict[str, Any]:
    """What the engine knows of an image.

    Raises:
        ImageError: it has no such image.
    """
    images = json.loads(docker("image", "inspect", image).stdout)
    return dict(images[0])


def present(image: str) -> bool:
    """Whether the engine has the image."""
    require_engine()
    return docker("image", "inspect", image, check=False).returncode == 0


def cpus() -> float | None:
    """The CPUs that the engine can give to a container; None if it does not tell, or cannot limit them."""
    told = docker("info", "--format", "{{.NCPU}} {{.CPUCfsQuota}}", check=False)
    count, _, limited = told.stdout.strip().partition(" ")
    return float(count) if told.returncode == 0 and limited == "true" else None


def pushed_as(facts: dict[str, Any]) -> str | None:
    """The media type as which the engine would push an image, or None if it does not tell.

    Args:
        facts: what `inspect` says of it.
    """
    told = (facts.get("Descriptor") or {}).get("mediaType") or facts.get("ManifestType")  # Docker from 28 on; Podman
    if told:
        return str(told)
    stores = docker("info", "--format", "{{.DriverStatus}}", check=False)
    of_containerd = stores.returncode != 0 or "io.containerd" in stores.stdout
    return None if of_containerd else DOCKER_MANIFEST  # the engine's own store holds one image, and pushes it so


@contextmanager
def _secrets(environ: Mapping[str, str] = os.environ) -> Iterator[list[str]]:
    """Options that mount what the build stage may need to reach a package index, so that no layer keeps it."""
    with tempfile.TemporaryDirectory(prefix="modelberth-build-") as scratch:
        options = []
        certificates = environ.get("SSL_CERT_FILE") or environ.get("REQUESTS_CA_BUNDLE")
        netrc = Path(environ.get("NETRC") or Path.home() / ".netrc")
        index = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or environ.get("PIP_INDEX_URL")
        if certificates and Path(certificates).is_file():
            options += ["--secret", f"id=ca,src={certificates}"]
        if netrc.is_file():
            options += ["--secret", f"id=netrc,src={netrc}"]
        if index:
            file = Path(scratch) / "index"
            file.write_text(index)
            options += ["--secret", f"id=index,src={file}"]
        yield options


def _command() -> str:
    program = shutil.which("docker")
    if program is None:
        raise ImageError(
            "docker is not on PATH. Images need a container engine: install Docker Engine or Docker Desktop "
            "(https://docs.docker.com/engine/install), or Podman with its docker command"
        )
    return program


_EXPLANATIONS = (
    (
        r"Cannot connect to the Docker daemon|error during connect|permission denied while trying to connect",
        "no container engine answers. Start one (Docker Desktop, or: sudo systemctl start docker), or point "
        "DOCKER_HOST at one that runs",
    ),
    (
        r"buildx component is missing|--mount option requires BuildKit|Dockerfile parse error",
        "this docker cannot build with BuildKit; install its buildx plugin (docker-buildx-plugin)",
    ),
    (
        r"No interpreter found for (Python [\d.]+)",
        "the base image does not have the {1} that the bundle was built for; name another base image",
    ),
    (
        r"failed to solve with frontend[^\n]*failed to create LLB[^\n]*|pull access denied for \S+|manifest unknown|"
        r"failed to do request[^\n]*|failed to resolve source metadata[^\n]*",
        "the base image cannot be fetched; check its name, your login (docker login) and the registry",
    ),
    (
        r"No solution found when resolving dependencies|Failed to (?:build|download|fetch)|No matching distribution",
        "the bundle's packages cannot be installed for this image",
    ),
    (
        r"connect: connection refused|no basic auth credentials|denied:|unauthorized",
        "the registry refuses; check its name and your login (docker login)",
    ),
)


def _explained(output: str, what: str) -> str:
    """The engine's words, shortened, after what they mean where that is known."""
    lines = [line for line in (_plain(line) for line in output.splitlines()) if line]
    for pattern, explanation in _EXPLANATIONS:
        match = re.search(pattern, output)
        if match:
            relevant = _around(lines, pattern)
            return explanation.replace("{1}", match[1] if match.groups() else "") + _quoted(relevant)
    return f"{what} failed{_quoted(lines[-12:])}"


def _plain(line: str) -> str:
    """A line of the engine's log without its counters."""
    return re.sub(r"^#\d+ (?:[\d.]+ )?", "", line).rstrip()


def _around(lines: list[str], pattern: str) -> list[str]:
    at = next((number for number, line in enumerate(lines) if re.search(pattern, line)), len(lines) - 1)
    end = next((number for number in range(at, len(lines)) if lines[number].startswith(("ERROR", "-----"))), len(lines))
    return lines[at : min(end, at + 8)] or lines[at : at + 1]


def _quoted(lines: list[str]) -> str:
    return "; the engine says:\n" + "\n".join(f"    {line[:300]}" for line in lines) if lines else ""
