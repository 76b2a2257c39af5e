"""What an endpoint's folder says about it: read by `modelberth status`, `logs` and `predict`, and by the client."""

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
        project: of the Pulumi program.
        stack: it was deployed to.
        port: on 127.0.0.1.
        release: digest of what runs.
        nonce: what `/ping` tells when it is this release that answers.
        bundle: the bundle's recorded facts.
        api: the API that `url` calls.
        tags: as declared.
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
        """Where all of the Bento's routes are."""
        return base_url(self.port)

    @property
    def url(self) -> str:
        """Where a POST calls the declared API."""
        return f"{self.base_url}/invocations"

    @property
    def full_name(self) -> str:
        """Unique on this machine as a rule."""
        return f"{self.project}/{self.stack}/{self.name}"


def base_url(port: int) -> str:
    """The URL of an endpoint on that port."""
    return f"http://127.0.0.1:{port}"


def write_record(folder: Folder, record: EndpointRecord) -> None:
    """Tell this machine's users what runs in the folder."""
    write_atomically(folder.record, record.model_dump_json(indent=2))


def read_record(folder: Folder) -> EndpointRecord | None:
    """What runs in the folder, or None where nothing does or another version wrote it."""
    try:
        return EndpointRecord.model_validate_json(folder.record.read_bytes())
    except (OSError, ValidationError):
        return None


def all_records() -> list[tuple[Folder, EndpointRecord]]:
    """Every endpoint of this machine."""
    return [(folder, record) for folder in all_folders() if (record := read_record(folder)) is not None]


def find_record(name: str) -> tuple[Folder, EndpointRecord]:
    """The endpoint of that name, `NAME` or `PROJECT/STACK/NAME`.

    Raises:
        UserError: there is none, or several; the message names them.
    """
    records = all_records()
    found = [(folder, record) for folder, record in records if name in (record.name, record.full_name)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(record.full_name for _, record in (found or records))
    if found:
        raise UserError(f"{name!r} names several endpoints of this machine; say which: {listed}")
    if records:
        raise UserError(f"no endpoint {name!r} on this machine; there is {listed}")
    raise UserError(f"no endpoint {name!r} on this machine; none runs. Start one: pulumi up in a service's folder")
