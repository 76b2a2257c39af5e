"""Sends orders to an endpoint's host: one JSON object a line, over a Unix socket that only its owner can open."""

from __future__ import annotations

import json
import socket
from typing import Any, Literal, TypedDict

from modelberth_platform.targets.local.errors import LocalError
from modelberth_platform.targets.local.folder import Folder

MAX_LINE = 16 * 1024 * 1024
"""The most bytes that an order or an answer may have."""


class Order(TypedDict):
    """A release for the host to run.

    Attributes:
        nonce: a random text that names this start of the release; its workers answer `/ping` with it.
        fingerprint: a hash of the other fields; an order with the fingerprint of what runs already changes nothing.
        port: the port on 127.0.0.1 to listen on.
        python: the path of the interpreter of the bundle's environment.
        release: the path of the folder of the release.
        workers: the number of worker processes.
        env: the environment variables of the workers, secrets included; the host keeps them in memory only.
        drain_seconds: how long requests in flight may still take when the release is replaced.
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
    """What a host says about one of its workers.

    Attributes:
        pid: the id of its process; None while it waits to be started again.
        since: when the process was started, as Unix time.
        restarts: how often the process was replaced.
        state: whether it loads its model, serves, or waits to be started again.
    """

    pid: int | None
    since: float
    restarts: int
    state: Literal["starting", "ready", "waiting to restart"]


class HostStatus(TypedDict):
    """What a host says about itself.

    Attributes:
        pid: the id of its process.
        port: the port that it listens on; None before the first release serves.
        nonce: the nonce of the release that serves; None where none does.
        fingerprint: the fingerprint of the order of that release; None where none serves.
        since: when the host was started, as Unix time.
        workers: the workers of that release.
    """

    pid: int
    port: int | None
    nonce: str | None
    fingerprint: str | None
    since: float
    workers: list[WorkerStatus]


class HostGone(LocalError):
    """No host listens on the control socket of the folder."""


class StartFailed(LocalError):
    """The release did not start; the message ends with the last lines of its log."""


def deploy(folder: Folder, order: Order, timeout_seconds: float) -> str:
    """Let the host start the release and switch to it; returns the nonce that `/ping` answers with from now on.

    Raises:
        StartFailed: the release did not start; what ran before goes on running.
        HostGone: the host does not run.
    """
    answer = _ask(folder, {"do": "deploy", "order": order}, timeout_seconds)
    return str(answer["nonce"])


def status(folder: Folder) -> HostStatus:
    """What the host runs now.

    Raises:
        HostGone: the host does not run.
    """
    answer: HostStatus = _ask(folder, {"do": "status"}, 5)["status"]
    return answer


def stop(folder: Folder, timeout_seconds: float) -> None:
    """Let the workers answer what they have, and the host end.

    Raises:
        HostGone: the host does not run.
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
