"""`modelberth status` shows the endpoints of this machine, or of a stack."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from modelberth_platform.cli.console import ago, duration, output, print_json
from modelberth_platform.cli.stack import Cwd, StackOption
from modelberth_platform.cli.stack import endpoint as stack_endpoint
from modelberth_platform.cli.stack import endpoints as stack_endpoints
from modelberth_platform.cli.stack_status import show_stack
from modelberth_platform.errors import UserError
from modelberth_platform.targets.local.deploy import answers
from modelberth_platform.targets.local.folder import Folder
from modelberth_platform.targets.local.metrics import Traffic, traffic
from modelberth_platform.targets.local.observe import workers_of
from modelberth_platform.targets.local.record import EndpointRecord, all_records, find_record


@dataclass(frozen=True)
class Row:
    """One endpoint, as `status --json` prints it.

    Attributes:
        name: the component's name.
        project: the name of the Pulumi project.
        stack: the name of the stack.
        up: whether the deployed release answers.
        url: the URL to which a POST calls the declared API.
        bundle: the name of the bundle.
        version: the version of the bundle.
        digest: the digest of the bundle.
        workers_ready: the number of workers that serve.
        workers: the number of workers that there should be.
        restarts: how often workers were replaced, all of them together.
        since: when the oldest worker process was started, as Unix time; None without workers.
        requests: the number of requests since the release started; None where the endpoint does not answer.
        p50_seconds: the time within which half of the requests were answered; None where it is not known.
        p99_seconds: the time within which 99 of 100 requests were answered; None where it is not known.
    """

    name: str
    project: str
    stack: str
    up: bool
    url: str
    bundle: str
    version: str
    digest: str
    workers_ready: int
    workers: int
    restarts: int
    since: float | None
    requests: int | None
    p50_seconds: float | None
    p99_seconds: float | None


def status(
    name: Annotated[str | None, typer.Argument(help="The endpoint to show; all of them by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
    stack: StackOption = None,
    cwd: Cwd = Path(),
) -> None:
    """Show the endpoints of this machine, or of a stack. Exits with 1 when one is not well."""
    if stack is not None:
        endpoints = stack_endpoints(cwd, stack) if name is None else [stack_endpoint(cwd, stack, name)]
        if not endpoints:
            raise UserError(f"the stack {stack!r} has no endpoint; stand one up: pulumi up --stack {stack}")
        show_stack(endpoints, as_json)
        return
    records = [find_record(name)] if name else all_records()
    rows = [_row(folder, record) for folder, record in records]
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        _print(rows)
    if not all(row.up for row in rows):
        raise typer.Exit(1)


def _row(folder: Folder, record: EndpointRecord) -> Row:
    workers = workers_of(folder)
    up = answers(record.port, record.nonce)
    measured = traffic(record) if up else Traffic()
    return Row(
        name=record.name,
        project=record.project,
        stack=record.stack,
        up=up,
        url=record.url,
        bundle=record.bundle["name"],
        version=record.bundle["version"],
        digest=record.bundle["digest"],
        workers_ready=sum(worker["state"] == "ready" for worker in workers),
        workers=len(workers),
        restarts=sum(worker["restarts"] for worker in workers),
        since=min((worker["since"] for worker in workers), default=None),
        requests=measured.requests,
        p50_seconds=measured.p50_seconds,
        p99_seconds=measured.p99_seconds,
    )


def _print(rows: list[Row]) -> None:
    if not rows:
        output.print("no endpoints on this machine; start one: pulumi up in a service's folder")
        return
    columns = ("ENDPOINT", "STATE", "BUNDLE", "DIGEST", "WORKERS", "SINCE", "REQUESTS", "P50", "P99", "URL")
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            f"{row.project}/{row.stack}/{row.name}",
            "[green]up[/]" if row.up else "[red]down[/]",
            f"{row.bundle} {row.version}",
            row.digest.removeprefix("sha256:")[:12],
            _workers(row),
            ago(row.since) if row.since else "",
            "" if row.requests is None else str(row.requests),
            duration(row.p50_seconds) if row.p50_seconds else "",
            duration(row.p99_seconds) if row.p99_seconds else "",
            row.url,
        )
    output.print(table)
    if any(not row.up for row in rows):
        output.print("what is down comes back with: pulumi refresh && pulumi up, in its service's folder")


def _workers(row: Row) -> str:
    restarted = f" ({row.restarts} replaced)" if row.restarts else ""
    return f"{row.workers_ready}/{row.workers}{restarted}"
