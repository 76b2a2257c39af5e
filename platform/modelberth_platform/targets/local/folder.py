"""The state folder of one endpoint: `$XDG_STATE_HOME/modelberth/<hash of backend, stack, urn>`.

endpoint.json     what runs here, for people and for `modelberth status`
operation.json    the process that is changing the endpoint, while one is
control.sock      where the host listens for orders
host.lock         held by the host for as long as it lives
logs/             endpoint.log (the workers' output), host.log
releases/<id>/    bundle/ and runtime/ of a release
scratch/          BENTOML_HOME of the workers, metrics
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from modelberth_platform.paths import state_root
from modelberth_platform.targets.local.errors import LocalError

DIRECTORY_VARIABLE = "MODELBERTH_DIRECTORY"
"""In the environment of every process of an endpoint: the folder it belongs to."""


MAX_SOCKET_PATH = 103
"""macOS allows 104 bytes with the closing zero, Linux 108 (unix(7), sun_path)."""


def endpoint_key(backend: str, urn: str) -> str:
    """Sixteen digits that name one endpoint of one stack in one backend (a URN names project and stack)."""
    return hashlib.sha256(f"{backend}\n{urn}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Folder:
    """The paths of one endpoint's state folder."""

    path: Path

    @classmethod
    def of(cls, key: str) -> Folder:
        """The folder of the endpoint with that key, on this machine."""
        return cls(state_root() / key)

    @property
    def control(self) -> Path:
        """The host's control socket."""
        return self.path / "control.sock"

    @property
    def lock(self) -> Path:
        """Held by the living host."""
        return self.path / "host.lock"

    @property
    def record(self) -> Path:
        """What runs here."""
        return self.path / "endpoint.json"

    @property
    def operation(self) -> Path:
        """Who is changing it."""
        return self.path / "operation.json"

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.path / "logs"

    @property
    def endpoint_log(self) -> Path:
        """What the workers print."""
        return self.logs / "endpoint.log"

    @property
    def host_log(self) -> Path:
        """What the host prints when it cannot start."""
        return self.logs / "host.log"

    @property
    def releases(self) -> Path:
        """One folder a release."""
        return self.path / "releases"

    @property
    def scratch(self) -> Path:
        """What workers may write to."""
        return self.path / "scratch"

    def create(self) -> None:
        """Make the folder, readable by its owner alone.

        Raises:
            LocalError: its path is longer than a Unix socket's may be.
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
        """Remove the folder and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def all_folders() -> list[Folder]:
    """The folders of all endpoints on this machine."""
    root = state_root()
    return [Folder(record.parent) for record in sorted(root.glob("*/endpoint.json"))] if root.is_dir() else []
