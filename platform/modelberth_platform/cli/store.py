"""`modelberth bundle push`, `bundle pull` and `promote` bring the same bundle to every stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from modelberth_platform.bundle import BundleFacts, resolve
from modelberth_platform.bundle.pins import StackFile
from modelberth_platform.bundle.remote import RemoteStore
from modelberth_platform.bundle.resolve import located
from modelberth_platform.cli.console import errors, output, size
from modelberth_platform.cli.stack import Cwd
from modelberth_platform.errors import UserError

Store = Annotated[
    str | None, typer.Option(help="The URL of the bundle store; the stack's modelberth:store by default.")
]


def push(
    reference: Annotated[str, typer.Argument(help="What bundle= takes: a name, NAME:VERSION, a folder, a model file…")],
    store: Store = None,
    stack: Annotated[str | None, typer.Option(help="Pin the bundle in this stack's configuration.")] = None,
    cwd: Cwd = Path(),
) -> None:
    """Upload a bundle to the store, unless it is there, and pin a stack to it."""
    file = StackFile(cwd, stack) if stack else None
    url = store or (file.store if file else None) or _no_store(stack)
    facts = resolve(reference).facts
    with errors.status(f"pushing {facts.name} ({size(facts.size)}) to {url}"):
        pushed = RemoteStore(url).push(*located(facts.digest), facts)
    output.print(f"{'pushed' if pushed else 'already there:'} {facts.name}@{facts.digest}", highlight=False)
    if file is not None:
        _pin(file, facts)


def pull(
    reference: Annotated[str, typer.Argument(help="The bundle by its digest, NAME@sha256:…")],
    store: Annotated[str, typer.Option(help="The URL of the bundle store.")],
) -> None:
    """Fetch a bundle from the store, check it, and print its folder."""
    name, _, digest = reference.partition("@")
    if not digest:
        raise UserError(f"{reference!r} names no digest; a bundle in a store is NAME@sha256:…")
    remote = RemoteStore(store)
    facts = remote.facts(name, digest)
    with errors.status(f"pulling {name} ({size(facts.size)}) from {store}"):
        print(remote.pull(name, facts.digest))


def promote(
    name: Annotated[str, typer.Argument(help="The bundle's name.")],
    source: Annotated[str, typer.Option("--from", help="The stack whose pin is copied.")],
    target: Annotated[str, typer.Option("--to", help="The stack that gets the pin.")],
    cwd: Cwd = Path(),
) -> None:
    """Copy a bundle's pin from one stack's configuration to another's, and show what changes for the model."""
    source_file, target_file = StackFile(cwd, source), StackFile(cwd, target)
    pin = source_file.pin(name)
    if pin is None or "@sha256:" not in pin:
        raise UserError(
            f"{source_file.path} pins no digest for {name!r} ({pin or 'nothing'}); "
            f"pin one: modelberth bundle push {name} --stack {source}"
        )
    url = target_file.store or source_file.store
    facts = resolve(pin, store_url=url).facts
    if url is not None and not RemoteStore(url).has(facts.name, facts.digest):
        raise UserError(
            f"{pin} is not in the store {url}; push it first: modelberth bundle push {name} --stack {source}"
        )
    before = target_file.pin(name)
    old = resolve(before, store_url=url).facts if before else None
    if before == pin:
        output.print(f"{target} has {name} {facts.version} already", highlight=False)
        return
    _print_changes(old, facts, source, target)
    _pin(target_file, facts)
    output.print(f"now: pulumi preview --stack {target}")


def _pin(file: StackFile, facts: BundleFacts) -> None:
    file.set_pin(facts.name, f"{facts.name}@{facts.digest}")
    output.print(f"pinned {facts.name} {facts.version} in {file.path}", highlight=False)


def _print_changes(old: BundleFacts | None, new: BundleFacts, source: str, target: str) -> None:
    before, after = _flat(old.recorded()) if old else {}, _flat(new.recorded())
    table = Table("", target, f"from {source}", box=None, pad_edge=False)
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            table.add_row(key, before.get(key, ""), after.get(key, ""))
    output.print(table)


def _flat(value: dict[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            flat |= {f"{key}.{inner}": str(text) for inner, text in item.items()}
        else:
            flat[key] = str(item)
    return flat


def _no_store(stack: str | None) -> str:
    remedy = f"pulumi config set --stack {stack} modelberth:store URL" if stack else "--store URL"
    raise UserError(f"no bundle store is named; give one: {remedy} (a folder or s3://BUCKET/PREFIX, for example)")
