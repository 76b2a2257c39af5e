"""Knows the paths of an endpoint's state folder, `$XDG_STATE_HOME/modelberth/<hash of backend and URN>`.

endpoint.json     what runs here, for people and for `modelberth status`
operation.json    which process is changing the endpoint; only there during a change
control.sock      the socket on which the host listens for orders
host.lock         a file that the host keeps locked for as long as it lives
logs/             endpoint.log (what the workers print), host.log
releases/<id>/    bundle/ and runtime/ of a release
scratch/          BENTOML_HOME and metrics of the workers
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from modelberth_platform.paths import state_root
from modelberth_platform.targets.local.errors import LocalError

DIRECTORY_VARIABLE = "MODELBERTH_DIRECTORY"
"""The environment variable that names the state folder, in every process of an endpoint."""

MAX_SOCKET_PATH = 103
"""The most characters that a socket's path may have: macOS allows 104 bytes with the closing zero, Linux 108
(unix(7), sun_path)."""


def endpoint_key(backend: str, urn: str) -> str:
    """Sixteen hexadecimal digits that name an endpoint of a stack in a backend; a URN names its project and stack."""
    return hashlib.sha256(f"{backend}\n{urn}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Folder:
    """The paths of one endpoint's state folder."""

    path: Path

    @classmethod
    def of(cls, key: str) -> Folder:
        """The folder on this machine of the endpoint with that key, which `endpoint_key` computes."""
        return cls(state_root() / key)

    @property
    def control(self) -> Path:
        """The host's control socket."""
        return self.path / "control.sock"

    @property
    def lock(self) -> Path:
        """The file that the living host keeps locked."""
        return self.path / "host.lock"

    @property
    def record(self) -> Path:
        """The file that says what runs here."""
        return self.path / "endpoint.json"

    @property
    def operation(self) -> Path:
        """The file that says which process is changing the endpoint."""
        return self.path / "operation.json"

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.path / "logs"

    @property
    def endpoint_log(self) -> Path:
        """The log of what the workers print."""
        return self.logs / "endpoint.log"

    @property
    def host_log(self) -> Path:
        """The log of what the host prints when it cannot start."""
        return self.logs / "host.log"

    @property
    def releases(self) -> Path:
        """The folder that holds one folder for each release."""
        return self.path / "releases"

    @property
    def scratch(self) -> Path:
        """The folder that workers may write to."""
        return self.path / "scratch"

    def create(self) -> None:
        """Make the folder, readable by its owner alone.

        Raises:
            LocalError: the path of the control socket would be longer than a Unix socket's may be.
        """
        if len(str(self.control)) > MAX_SOCKET_PATH:
            raise LocalError(
                f"the state folder {self.path} is too long a path: the host's socket in it may have {MAX_SOCKET_PATH} "
                "characters at most; set XDG_STATE_HOME to a shorter one"
            )
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)
        self.scratch.mkdir(exist_ok=True)

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def all_folders() -> list[Folder]:
    """The folders of all endpoints on this machine that were started."""
    root = state_root()
    return [Folder(record.parent) for record in sorted(root.glob("*/endpoint.json"))] if root.is_dir() else []
