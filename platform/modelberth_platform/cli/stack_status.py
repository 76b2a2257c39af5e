"""`modelberth status --stack` shows the endpoints of a stack as their targets see them now."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.table import Table

from modelberth_platform.cli.console import duration, output, print_json
from modelberth_platform.targets.observed import Observed
from modelberth_platform.targets.registry import target_named
from modelberth_platform.targets.served import ServedEndpoint


def show_stack(endpoints: list[ServedEndpoint], as_json: bool) -> None:
    """Print the endpoints; exits with 1 when one is not well or does not serve what was deployed last."""
    observed = [(endpoint, target_named(endpoint.target).observe(endpoint)) for endpoint in endpoints]
    if as_json:
        print_json([_row(endpoint, live) for endpoint, live in observed])
    else:
        _print(observed)
    if not all(live.well and live.current for _, live in observed):
        raise typer.Exit(1)


def _row(endpoint: ServedEndpoint, live: Observed) -> dict[str, object]:
    identity = {"name": endpoint.name, "project": endpoint.project, "stack": endpoint.stack, "target": endpoint.target}
    served = {key: endpoint.bundle[key] for key in ("version", "digest")} | {"bundle": endpoint.bundle["name"]}
    return {**identity, "url": target_named(endpoint.target).url(endpoint), **served, **asdict(live)}


def _print(observed: list[tuple[ServedEndpoint, Observed]]) -> None:
    columns = ("ENDPOINT", "STATE", "BUNDLE", "DIGEST", "INSTANCES", "REQUESTS", "ERRORS", "P50", "P99", "ALARMS")
    table = Table(*columns, box=None, pad_edge=False)
    for endpoint, live in observed:
        uncounted = endpoint.inputs.get("kind", "-")  # such as serverless
        instances = uncounted if live.instances is None else f"{live.instances}/{live.wanted}"
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
    for endpoint, live in observed:
        if live.reason:
            output.print(f"{endpoint.name}: {live.reason}", markup=False)
        if live.status == "gone":
            output.print(f"{endpoint.name} is gone; pulumi refresh && pulumi up makes it again", markup=False)
        elif not live.current:
            text = f"{endpoint.name}: {endpoint.wanted} was deployed last and does not serve; see pulumi preview"
            output.print(text, markup=False)
