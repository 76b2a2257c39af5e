"""The two Pulumi resources of a local endpoint. States record this module's path: it is contract.

The slot reserves the port and the folder and starts nothing; deleting it ends every process of the folder. So the
state knows of whatever a killed command may have started, before it starts. The server is the running release.

The modules that the providers need are imported inside of their methods: every program imports this module, but only
Pulumi's provider process runs those methods.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from modelberth_platform.errors import UserError
from modelberth_platform.providers.base import Provider, changed_inputs
from modelberth_platform.targets.local.folder import Folder
from modelberth_platform.targets.local.machine import machine_name, refuse_other_machine

FIRST_PORT = 20000
PORTS = 10000
"""How many ports, from `FIRST_PORT` on, an endpoint without a configured port may get."""

_SERVER_COMPUTED = frozenset({"nonce", "machine"})
"""The properties of the server that its provider computes."""


class SlotProvider(Provider):
    """Reserves the port and the folder of an endpoint."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        folder = Folder.of(props["key"])
        port = props.get("port") or _free_port(props["key"])
        return CreateResult(
            props["key"], {**props, "port": port, "directory": str(folder.path), "machine": machine_name()}
        )

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        refuse_other_machine(olds["name"], olds["machine"])
        moved = olds["key"] != news["key"]
        other_port = news.get("port") not in (None, olds["port"])
        return DiffResult(changes=moved or other_port, replaces=["key"] if moved else [])

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult({**olds, **news, "port": news.get("port") or olds["port"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, props)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.targets.local.deploy import destroy

        refuse_other_machine(props["name"], props["machine"])
        destroy(Folder(Path(props["directory"])))


class ServerProvider(Provider):
    """Runs the release of an endpoint."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["directory"], _deployed(props))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = changed_inputs(olds, news, _SERVER_COMPUTED)
        return DiffResult(changes=bool(changed), replaces=["directory"] if "directory" in changed else [])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_deployed(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from modelberth_platform.targets.local.deploy import answers

        refuse_other_machine(props["name"], props["machine"])
        alive = answers(int(props["port"]), props["nonce"])
        return ReadResult(id_ if alive else "", props)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.targets.local.deploy import stop

        refuse_other_machine(props["name"], props["machine"])
        stop(Folder(Path(props["directory"])))


class Slot(Resource, module="modelberth", name="Slot"):
    """The port and the folder of an endpoint on this machine."""

    port: pulumi.Output[int]
    """The port on 127.0.0.1 that the endpoint listens on."""
    directory: pulumi.Output[str]
    """The path of the endpoint's state folder."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(SlotProvider(), name, {"directory": None, "machine": None, **props}, opts)


class Server(Resource, module="modelberth", name="Server"):
    """The running release of an endpoint on this machine."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(ServerProvider(), name, {"nonce": None, "machine": None, **props}, opts)


def _deployed(props: dict[str, Any]) -> dict[str, Any]:
    from modelberth_platform.targets.local.deploy import ServerInputs, deploy

    nonce = deploy(ServerInputs.model_validate(props))
    return {**props, "nonce": nonce, "machine": machine_name()}


def _free_port(key: str) -> int:
    """A port for the endpoint with that key; it is the same one each time, provided that it is free."""
    from modelberth_platform.targets.local.record import all_records

    reserved = {record.port for _, record in all_records()}
    first = int(key, 16) % PORTS
    for offset in range(PORTS):
        port = FIRST_PORT + (first + offset) % PORTS
        if port not in reserved and _can_bind(port):
            return port
    raise UserError(f"no free port between {FIRST_PORT} and {FIRST_PORT + PORTS - 1} on 127.0.0.1")


def _can_bind(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
