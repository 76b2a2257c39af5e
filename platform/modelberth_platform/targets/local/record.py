"""Keeps the record of an endpoint in its folder, which `modelberth status`, `logs`, `predict` and the client read."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from modelberth_platform.bundle.facts import Api
from modelberth_platform.errors import UserError
from modelberth_platform.paths import write_atomically
from modelberth_platform.targets.local.folder import Folder, all_folders


class EndpointRecord(BaseModel):
    """One endpoint of this machine.

    Attributes:
        name: the component's name.
        project: the name of the Pulumi project.
        stack: the name of the stack.
        port: the port on 127.0.0.1 that it listens on.
        release: the digest of the bundle and the serving runtime together, `sha256:…`.
        nonce: a random text that names this start of the release; `/ping` answers with it.
        bundle: the recorded facts of the bundle.
        api: the API that `url` calls.
        tags: the declared tags.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    project: str
    stack: str
    port: int
    release: str
    nonce: str
    bundle: dict[str, Any]
    api: Api
    tags: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        """The URL below which all of the Bento's routes are."""
        return base_url(self.port)

    @property
    def url(self) -> str:
        """The URL to which a POST calls the declared API."""
        return f"{self.base_url}/invocations"

    @property
    def full_name(self) -> str:
        """`PROJECT/STACK/NAME`; endpoints share it only where two backends have stacks of that name."""
        return f"{self.project}/{self.stack}/{self.name}"


def base_url(port: int) -> str:
    """The base URL of an endpoint of this machine that listens on that port."""
    return f"http://127.0.0.1:{port}"


def write_record(folder: Folder, record: EndpointRecord) -> None:
    """Write into the folder what runs there."""
    write_atomically(folder.record, record.model_dump_json(indent=2))


def read_record(folder: Folder) -> EndpointRecord | None:
    """The record of what runs in the folder, or None where nothing does or the record is of another version."""
    try:
        return EndpointRecord.model_validate_json(folder.record.read_bytes())
    except (OSError, ValidationError):
        return None


def all_records() -> list[tuple[Folder, EndpointRecord]]:
    """The folders and records of all endpoints of this machine."""
    return [(folder, record) for folder in all_folders() if (record := read_record(folder)) is not None]


def find_record(name: str) -> tuple[Folder, EndpointRecord]:
    """The folder and the record of the endpoint of that name, `NAME` or `PROJECT/STACK/NAME`.

    Raises:
        UserError: there is none or there are several; the message names what there is.
    """
    records = all_records()
    matches = [(folder, record) for folder, record in records if name in (record.name, record.full_name)]
    if len(matches) == 1:
        return matches[0]
    listed = ", ".join(record.full_name for _, record in (matches or records))
    if matches:
        raise UserError(f"{name!r} names several endpoints of this machine; say which: {listed}")
    if records:
        raise UserError(f"no endpoint {name!r} on this machine; there is {listed}")
    raise UserError(f"no endpoint {name!r} on this machine; none runs. Start one: pulumi up in a service's folder")
