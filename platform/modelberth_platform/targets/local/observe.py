"""Observes how an endpoint of this machine is now."""

from __future__ import annotations

from modelberth_platform.targets.local import control
from modelberth_platform.targets.local.control import WorkerStatus
from modelberth_platform.targets.local.deploy import answers
from modelberth_platform.targets.local.errors import LocalError
from modelberth_platform.targets.local.folder import Folder
from modelberth_platform.targets.local.metrics import Traffic, traffic
from modelberth_platform.targets.local.record import all_records
from modelberth_platform.targets.observed import Observed
from modelberth_platform.targets.served import ServedEndpoint


def observed(endpoint: ServedEndpoint) -> Observed:
    """How the endpoint of a stack on this machine is now."""
    records = {record.full_name: (folder, record) for folder, record in all_records()}
    if endpoint.full_name not in records:
        return Observed(status="gone", well=False)
    folder, record = records[endpoint.full_name]
    up = answers(record.port, record.nonce)
    workers = workers_of(folder)
    measured = traffic(record) if up else Traffic()
    return Observed(
        status="up" if up else "down",
        well=up,
        current=record.bundle["digest"] == endpoint.wanted,
        instances=sum(worker["state"] == "ready" for worker in workers),
        wanted=len(workers),
        requests=measured.requests,
        p50_seconds=measured.p50_seconds,
        p99_seconds=measured.p99_seconds,
    )


def workers_of(folder: Folder) -> list[WorkerStatus]:
    """The workers of the endpoint with that folder; an empty list where its host does not answer."""
    try:
        return control.status(folder)["workers"]
    except LocalError:
        return []
