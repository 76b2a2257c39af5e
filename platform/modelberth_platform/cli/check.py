"""`modelberth check` tells everything that can be known before `pulumi up`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.pins import StackFile
from modelberth_platform.bundle.remote import RemoteStore
from modelberth_platform.checks import Check, Outcome
from modelberth_platform.cli.console import print_checks, print_json
from modelberth_platform.cli.permissions import print_permissions
from modelberth_platform.cli.stack import Cwd
from modelberth_platform.errors import UserError
from modelberth_platform.targets.registry import target_named


def check(
    stack: Annotated[str, typer.Option("--stack", help="The stack that is to be deployed.")],
    cwd: Cwd = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
    permissions: Annotated[
        bool,
        typer.Option("--permissions", help="Print the IAM policy that whoever deploys the stack needs, and no more."),
    ] = False,
) -> None:
    """Check a stack's declarations: arguments, limits of the target, bundles and, with AWS credentials, quotas.

    Nothing is created. Exits with 1 when `pulumi up` could not succeed.
    """
    program, config = _dry_run(cwd, stack), StackFile(cwd, stack).config
    if permissions:
        print_permissions(program, config)
        return
    checks = _declared(program)
    for endpoint in program["endpoints"]:
        target = target_named(endpoint["recorded"]["target"])
        if target.remote:
            checks += [*_bundles(endpoint, config.get("modelberth:store")), *_base_image(endpoint, config)]
        checks += target.quotas(endpoint["name"], endpoint["recorded"], config)
    if as_json:
        print_json([vars(each) for each in checks])
    else:
        print_checks(checks, "the target")
    if any(each.outcome == "refused" for each in checks):
        raise typer.Exit(1)


def _dry_run(folder: Path, stack: str) -> dict[str, Any]:
    """What `modelberth_platform.dry_run` prints, run in another process since a program may do anything."""
    command = [sys.executable, "-m", "modelberth_platform.dry_run", stack]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if finished.returncode:
        error_lines = finished.stderr.strip().splitlines()
        reason = error_lines[-1] if error_lines else "it printed no error"
        raise UserError(f"the program of {folder.resolve()} cannot be run: {reason}")
    return dict(json.loads(finished.stdout.splitlines()[-1]))


def _declared(program: dict[str, Any]) -> list[Check]:
    rule = "arguments, and what the target can do"
    declared = [
        Check(f"{each['name']}: declaration", "ok", f"{each['component']} on {each['recorded']['target']}", rule)
        for each in program["endpoints"]
    ]
    refused = [Check("declaration", "refused", problem, rule) for problem in program["problems"]]
    return [*declared, *refused] or [Check("declaration", "refused", "the program declares no endpoint", rule)]


def _bundles(endpoint: dict[str, Any], store: str | None) -> list[Check]:
    """Whether every machine can fetch the declared bundles from the stack's store."""
    recorded = endpoint["recorded"]
    main = {"": recorded["bundle"]} if "bundle" in recorded else {}
    checks = []
    for variant, bundle in {**main, **recorded.get("variants", {})}.items():
        outcome, found = _stored(store, bundle["name"], bundle["digest"])
        title = f"{endpoint['name']}: bundle" + (f" of {variant}" if variant else "")
        checks.append(Check(title, outcome, found, "in the store, whole"))
    return checks


def _stored(store: str | None, name: str, digest: str) -> tuple[Outcome, str]:
    short = f"{name}@{digest[:19]}…"
    if store is None:
        return "warning", f"{short} is known to this machine alone; name a store: modelberth:store"
    try:
        return ("ok", short) if RemoteStore(store).has(name, digest) else ("refused", f"{store} has no {short}")
    except BundleError as error:
        return "refused", str(error)


def _base_image(endpoint: dict[str, Any], config: dict[str, Any]) -> list[Check]:
    if "bundle" not in endpoint["recorded"]:
        return []
    base = (config.get("modelberth:images") or {}).get("base")
    outcome: Outcome = "ok" if base and "@sha256:" in base else "warning"
    base_name = base or "the one that the bundle names"
    return [Check(f"{endpoint['name']}: base image", outcome, base_name, "by digest: modelberth:images")]
