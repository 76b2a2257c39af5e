"""What starting, updating and stopping an endpoint on this machine takes, step by step."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from modelberth_platform.bundle import Api, store
from modelberth_platform.bundle.read import read_bento
from modelberth_platform.targets.local import control
from modelberth_platform.targets.local.environment import inherited_variables, python_for
from modelberth_platform.targets.local.errors import LocalError
from modelberth_platform.targets.local.folder import Folder
from modelberth_platform.targets.local.host_process import await_host, start_host
from modelberth_platform.targets.local.processes import (
    begin_operation,
    belonging_to,
    end,
    end_operation,
    end_stale_operation,
)
from modelberth_platform.targets.local.record import EndpointRecord, read_record, write_record
from modelberth_platform.targets.local.release import materialise, prune, release_folder

DEFAULT_TIMEOUT_SECONDS = 60
"""BentoML's own default for a request, for how long a draining worker may take."""

DEPLOY_SECONDS = 900


class Wanted(BaseModel):
    """The release that the endpoint shall run: the server resource's inputs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    project: str
    stack: str
    directory: str
    port: int
    release: str
    bundle: dict[str, Any]
    api: str
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    workers: int
    timeout_seconds: float | None = None
    tags: dict[str, str] = {}

    @property
    def folder(self) -> Folder:
        """The endpoint's state folder."""
        return Folder(Path(self.directory))


def deploy(wanted: Wanted) -> str:
    """Make the endpoint run the release; returns the nonce that its `/ping` tells.

    Raises:
        LocalError: it did not start; what ran before still does.
        BundleError: the bundle is gone.
    """
    folder = wanted.folder
    with _operation(folder):
        host = start_host(folder)  # it starts while the release is put into its folder
        release = materialise(folder, wanted.bundle["digest"], wanted.release)
        order = _order(wanted, release, python_for(release / "bundle"))
        await_host(folder, host)
        if _runs_unwell(folder, order):
            stop(folder)
            await_host(folder, start_host(folder))
        try:
            nonce = control.deploy(folder, order, DEPLOY_SECONDS)
        except control.StartFailed as error:
            raise LocalError(
                f"{wanted.name}: the release of {_called(wanted)} did not start: {error}{_hint(error)}"
            ) from None
        # The release before may still be draining, and read its files.
        last = read_record(folder)
        prune(folder, keep={release, release_folder(folder, last.release)} if last else {release})
        write_record(folder, _record(wanted, nonce, read_bento(release / "bundle", store.home()).api(wanted.api)))
        return nonce


def destroy(folder: Folder) -> None:
    """End whatever belongs to the endpoint and remove its folder."""
    end_stale_operation(folder)
    stop(folder)
    end(belonging_to(folder))
    folder.remove()


def stop(folder: Folder) -> None:
    """Drain and end the endpoint's processes."""
    with suppress(LocalError):  # gone already, or hung: what is left is ended next
        control.stop(folder, timeout_seconds=DEFAULT_TIMEOUT_SECONDS * 2)
    end(belonging_to(folder))


def answers(port: int, nonce: str) -> bool:
    """Whether the release with that nonce answers on the port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)  # httpx would cost every `up` 0.15 s
    try:
        connection.request("GET", "/ping")
        response = connection.getresponse()
        return response.status == 200 and response.getheader("x-modelberth-release") == nonce
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _operation(folder: Folder) -> Iterator[None]:
    begin_operation(folder)
    try:
        yield
    except BaseException:
        if not _serves(folder):  # a first start that fails leaves nothing behind
            stop(folder)
            folder.remove()
        raise
    finally:
        end_operation(folder)


def _serves(folder: Folder) -> bool:
    try:
        return control.status(folder)["nonce"] is not None
    except LocalError:
        return False


def _order(wanted: Wanted, release: Path, python: str) -> control.Order:
    env = {
        **inherited_variables(),
        **wanted.env,
        **_secret_values(wanted.secrets),
        "MODELBERTH_API": wanted.api,
        **({"MODELBERTH_TIMEOUT_SECONDS": f"{wanted.timeout_seconds:g}"} if wanted.timeout_seconds else {}),
    }
    order = control.Order(
        nonce=secrets.token_hex(8),
        fingerprint="",
        port=wanted.port,
        python=python,
        release=str(release),
        workers=wanted.workers,
        env=env,
        drain_seconds=(wanted.timeout_seconds or DEFAULT_TIMEOUT_SECONDS) + 10,
    )
    decisive = {key: value for key, value in order.items() if key != "nonce"}
    order["fingerprint"] = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
    return order


def _secret_values(references: Mapping[str, str]) -> dict[str, str]:
    missing = sorted(variable for variable in references if variable not in os.environ)
    if missing:
        raise LocalError(
            f"the secrets {', '.join(missing)} are not in your environment, where local endpoints take them from; "
            f"set them: export {missing[0]}=…"
        )
    return {variable: os.environ[variable] for variable in references}


def _runs_unwell(folder: Folder, order: control.Order) -> bool:
    """Whether the host runs just this release and yet does not answer."""
    status = control.status(folder)
    same = status["fingerprint"] == order["fingerprint"]
    return same and not answers(status["port"] or 0, status["nonce"] or "")


def _record(wanted: Wanted, nonce: str, api: Api) -> EndpointRecord:
    return EndpointRecord(
        name=wanted.name,
        project=wanted.project,
        stack=wanted.stack,
        port=wanted.port,
        release=wanted.release,
        nonce=nonce,
        bundle=wanted.bundle,
        api=api,
        tags=wanted.tags,
    )


def _called(wanted: Wanted) -> str:
    return f"{wanted.bundle['name']} {wanted.bundle['version']}"


def _hint(error: Exception) -> str:
    if str(error).startswith("port "):
        return ". Stop what holds it, or choose another: pulumi config set --path 'modelberth:ports.NAME' PORT"
    return ""
