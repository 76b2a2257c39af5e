"""Orders to an endpoint's host: one JSON object a line over a Unix socket that its owner alone can open."""

from __future__ import annotations

import json
import socket
from typing import Any, Literal, TypedDict

from modelberth_platform.targets.local.errors import LocalError
from modelberth_platform.targets.local.folder import Folder

MAX_LINE = 16 * 1024 * 1024


class Order(TypedDict):
    """A release for the host to run.

    Attributes:
        nonce: what `/ping` will tell.
        fingerprint: of all that makes the release; the same one again changes nothing.
        port: to listen on.
        python: the interpreter of the bundle's environment.
        release: the folder of the release.
        workers: how many processes.
        env: the environment of the workers, secrets included; it is kept in memory alone.
        drain_seconds: how long requests in flight may take when the release is replaced.
    """

    nonce: str
    fingerprint: str
    port: int
    python: str
    release: str
    workers: int
    env: dict[str, str]
    drain_seconds: float


class WorkerStatus(TypedDict):
    """One worker: its process, when it started (Unix time), how often it was replaced, and whether it answers."""

    pid: int | None
    since: float
    restarts: int
    state: Literal["starting", "ready", "waiting to restart"]


class HostStatus(TypedDict):
    """What a host says about itself."""

    pid: int
    port: int | None
    nonce: str | None
    fingerprint: str | None
    since: float
    workers: list[WorkerStatus]


class HostGone(LocalError):
    """No host listens in the folder."""


class StartFailed(LocalError):
    """The release did not start; the message ends with the last lines of its log."""


def deploy(folder: Folder, order: Order, timeout_seconds: float) -> str:
    """Let the host start the release and switch to it; returns the nonce that `/ping` tells from now on.

    Raises:
        StartFailed: it did not start; what ran before still does.
        HostGone: the host is not there.
    """
    answer = _ask(folder, {"do": "deploy", "order": order}, timeout_seconds)
    return str(answer["nonce"])


def status(folder: Folder) -> HostStatus:
    """What runs now.

    Raises:
        HostGone: the host is not there.
    """
    answer: HostStatus = _ask(folder, {"do": "status"}, 5)["status"]
    return answer


def stop(folder: Folder, timeout_seconds: float) -> None:
    """Let the workers drain and the host end.

    Raises:
        HostGone: the host is not there.
    """
    _ask(folder, {"do": "stop"}, timeout_seconds)


def _ask(folder: Folder, request: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(timeout_seconds)
            channel.connect(str(folder.control))
            channel.sendall(json.dumps(request).encode() + b"\n")
            line = channel.makefile("rb").readline(MAX_LINE)
    except (FileNotFoundError, ConnectionError):
        raise HostGone(f"no host process runs for the endpoint in {folder.path}") from None
    except TimeoutError:
        raise LocalError(
            f"the host process of the endpoint in {folder.path} gave no answer within {timeout_seconds:g} seconds; "
            f"see {folder.logs}"
        ) from None
    if not line:
        raise HostGone(f"the host process of the endpoint in {folder.path} ended; see {folder.logs}")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise StartFailed(answer["error"])
    return answer
