"""Starts, updates and stops an endpoint on this machine, step by step."""

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
"""How long a request may take where the declaration does not say so; BentoML's own default for `traffic.timeout`. A
worker that drains may take as long."""

DEPLOY_SECONDS = 900
"""How long the host may take to start a release, the loading of its model included."""


class ServerInputs(BaseModel):
    """The inputs of the server resource: which release the endpoint runs, and how.

    Attributes:
        name: the component's name.
        project: the name of the Pulumi project.
        stack: the name of the stack.
        directory: the path of the endpoint's state folder.
        port: the port on 127.0.0.1 that the endpoint listens on.
        release: the digest of the bundle and the serving runtime together, `sha256:…`.
        bundle: the recorded facts of the bundle.
        api: the name of the API that the endpoint's URL calls.
        env: environment variables of the workers.
        secrets: by the variable's name, references to secrets; here the values come from the caller's environment.
        workers: the number of worker processes.
        timeout_seconds: how long a request may take; None leaves it to the Bento.
        tags: the declared tags.
    """

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


def deploy(inputs: ServerInputs) -> str:
    """Make the endpoint run the release; returns the nonce that its `/ping` answers with.

    Raises:
        LocalError: the release did not start; what ran before goes on running.
        BundleError: the bundle can no longer be found.
    """
    folder = inputs.folder
    with _operation(folder):
        host = start_host(folder)  # it starts while the release is copied
        release = materialise(folder, inputs.bundle["digest"], inputs.release)
        order = _order(inputs, release, python_for(release / "bundle"))
        await_host(folder, host)
        if _runs_unwell(folder, order):
            stop(folder)
            await_host(folder, start_host(folder))
        try:
            nonce = control.deploy(folder, order, DEPLOY_SECONDS)
        except control.StartFailed as error:
            raise LocalError(
                f"{inputs.name}: the release of {_bundle_title(inputs)} did not start: {error}{_hint(error)}"
            ) from None
        # The previous release may still be draining, and reads its files.
        previous = read_record(folder)
        prune(folder, keep={release, release_folder(folder, previous.release)} if previous else {release})
        write_record(folder, _record(inputs, nonce, read_bento(release / "bundle", store.home()).api(inputs.api)))
        return nonce


def destroy(folder: Folder) -> None:
    """End every process of the endpoint and remove its folder."""
    end_stale_operation(folder)
    stop(folder)
    end(belonging_to(folder))
    folder.remove()


def stop(folder: Folder) -> None:
    """Drain and end the endpoint's processes."""
    with suppress(LocalError):  # the host has ended or hangs; what is left is ended next
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


def _order(inputs: ServerInputs, release: Path, python: str) -> control.Order:
    env = {
        **inherited_variables(),
        **inputs.env,
        **_secret_values(inputs.secrets),
        "MODELBERTH_API": inputs.api,
        **({"MODELBERTH_TIMEOUT_SECONDS": f"{inputs.timeout_seconds:g}"} if inputs.timeout_seconds else {}),
    }
    order = control.Order(
        nonce=secrets.token_hex(8),
        fingerprint="",
        port=inputs.port,
        python=python,
        release=str(release),
        workers=inputs.workers,
        env=env,
        drain_seconds=(inputs.timeout_seconds or DEFAULT_TIMEOUT_SECONDS) + 10,
    )
    hashed = {key: value for key, value in order.items() if key != "nonce"}
    order["fingerprint"] = hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()
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
    """Whether the host runs this very release, and yet the release does not answer."""
    status = control.status(folder)
    same = status["fingerprint"] == order["fingerprint"]
    return same and not answers(status["port"] or 0, status["nonce"] or "")


def _record(inputs: ServerInputs, nonce: str, api: Api) -> EndpointRecord:
    return EndpointRecord(
        name=inputs.name,
        project=inputs.project,
        stack=inputs.stack,
        port=inputs.port,
        release=inputs.release,
        nonce=nonce,
        bundle=inputs.bundle,
        api=api,
        tags=inputs.tags,
    )


def _bundle_title(inputs: ServerInputs) -> str:
    return f"{inputs.bundle['name']} {inputs.bundle['version']}"


def _hint(error: Exception) -> str:
    if str(error).startswith("port "):
        return ". Stop what holds it, or choose another: pulumi config set --path 'modelberth:ports.NAME' PORT"
    return ""
