"""`modelberth status --stack`: endpoints on AWS, as SageMaker and CloudWatch see them now."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from modelberth_platform.cli.console import duration, output, print_json
from modelberth_platform.cli.stack import StackEndpoint

if TYPE_CHECKING:
    from modelberth_platform.sagemaker.observe import Observed


def show_cloud(endpoints: list[StackEndpoint], as_json: bool) -> None:
    """Print them; exits with 1 when one is not in service, one of its alarms rings, or it serves another release than
    was deployed last."""
    from modelberth_platform.sagemaker.observe import observed

    seen = [(each, observed(each.endpoint_name, each.region, each.aws)) for each in endpoints]
    if as_json:
        print_json([_row(endpoint, live) for endpoint, live in seen])
    else:
        _print(seen)
    if not all(live.well and _current(endpoint, live) for endpoint, live in seen):
        raise typer.Exit(1)


def _row(endpoint: StackEndpoint, live: Observed) -> dict[str, object]:
    named = {"name": endpoint.name, "project": endpoint.project, "stack": endpoint.stack}
    served = {key: endpoint.bundle[key] for key in ("version", "digest")} | {"bundle": endpoint.bundle["name"]}
    return {**named, "url": endpoint.url, **served, "current": _current(endpoint, live), **asdict(live)}


def _current(endpoint: StackEndpoint, live: Observed) -> bool:
    """Whether it serves what the last update wanted: an update that was rolled back leaves the component ahead."""
    return bool(endpoint.wanted == endpoint.bundle["digest"] and live.config == endpoint.served["config"])


def _print(seen: list[tuple[StackEndpoint, Observed]]) -> None:
    columns = ("ENDPOINT", "STATE", "BUNDLE", "DIGEST", "INSTANCES", "REQUESTS/H", "ERRORS/H", "P50", "P99", "ALARMS")
    table = Table(*columns, box=None, pad_edge=False)
    for endpoint, live in seen:
        instances = "serverless" if live.instances is None else f"{live.instances}/{live.wanted}"
        table.add_row(
            endpoint.full_name,
            f"[{'green' if live.well else 'red'}]{live.status}[/]",
            f"{endpoint.bundle['name']} {endpoint.bundle['version']}".strip(),
            str(endpoint.bundle["digest"]).removeprefix("sha256:")[:12],
            "" if live.status == "gone" else instances,
            "" if live.requests is None else str(live.requests),
            "" if live.errors is None else str(live.errors),
            duration(live.p50_seconds) if live.p50_seconds else "",
            duration(live.p99_seconds) if live.p99_seconds else "",
            ", ".join(live.ringing),
        )
    output.print(table)
    for endpoint, live in seen:
        if live.reason:
            output.print(f"{endpoint.name}: {live.reason}", markup=False)
        if live.status == "gone":
            output.print(f"{endpoint.name} is gone; pulumi refresh && pulumi up makes it again", markup=False)
        elif not _current(endpoint, live):
            said = f"{endpoint.name}: {endpoint.wanted} was deployed last and does not serve; see pulumi preview"
            output.print(said, markup=False)
