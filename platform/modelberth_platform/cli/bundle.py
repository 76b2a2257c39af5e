"""`modelberth bundle build`, `show` and `list` build bundles and tell what they hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from modelberth_platform.bundle import Bundle, BundleError, BundleFacts, resolve, store
from modelberth_platform.bundle.resolve import Trust
from modelberth_platform.cli.console import errors, output, print_facts, print_json, size

app = typer.Typer(help="Build and look at bundles.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


@app.command("build")
def build_bundle(
    source: Annotated[
        Path, typer.Argument(help="A folder that describes a Bento, itself or in its bento/, or a model file.")
    ] = Path(),
    name: Annotated[str | None, typer.Option(help="The Bento's name, instead of the one that it gives itself.")] = None,
    version: Annotated[
        str | None, typer.Option(help="The bundle's version; derived from its digest by default.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label, KEY=VALUE; may be given several times.")] = None,
    train: Annotated[bool, typer.Option(help="Run the train.py beside the service first.")] = True,
    force: Annotated[bool, typer.Option(help="Build even if nothing changed.")] = False,
    trust: Annotated[Trust | None, typer.Option(help="pickle: take whatever a pickled model file imports.")] = None,
    as_json: Json = False,
) -> None:
    """Train, then build the bundle into the local Bento store. Where nothing changed, nothing is built."""
    from modelberth_platform.bundle.build import build

    started = time.monotonic()
    with errors.status("looking for changes") as progress:

        def say(line: str) -> None:
            progress.update(line)
            errors.print(f"  {line}", style="dim", markup=False)

        built = build(
            source,
            name=name,
            version=version,
            labels=_labels(label or []),
            train=train,
            force=force,
            trust=trust,
            say=say,
        )
    facts = built.bundle.facts
    if as_json:
        print_json({"tag": built.tag, "fresh": built.fresh, "digest": facts.digest, "version": facts.version})
        return
    outcome = "built" if built.fresh else "unchanged"
    output.print(f"{outcome} [bold]{facts.name}[/] {facts.version} in {time.monotonic() - started:.1f} s")
    _show(built.bundle)


@app.command("show")
def show(
    reference: Annotated[str, typer.Argument(help="What bundle= takes: a name, NAME:VERSION, a folder, an archive…")],
    as_json: Json = False,
) -> None:
    """Print what a bundle is and what it holds."""
    bundle = resolve(reference)
    if as_json:
        print_json(bundle.facts.model_dump())
    else:
        _show(bundle)


@app.command("list")
def list_bundles(as_json: Json = False) -> None:
    """List the builds in the local Bento store, the newest of each bundle first."""
    rows = [_listed(folder) for folder in store.all_builds()]
    if as_json:
        print_json(rows)
        return
    if not rows:
        output.print(f"no bundles in {store.home()}; build one: modelberth bundle build FOLDER", highlight=False)
        return
    table = Table("TAG", "VERSION", "DIGEST", "APIS", "SIZE", box=None, pad_edge=False)
    for row in rows:
        digest = str(row["digest"]).removeprefix("sha256:")[:12]
        table.add_row(row["tag"], row["version"], digest, ", ".join(row["apis"]), size(row["size"]))
    output.print(table)


def _listed(folder: Path) -> dict[str, Any]:
    tag = f"{folder.parent.name}:{folder.name}"
    try:
        facts = resolve(tag).facts
    except BundleError as error:  # one damaged build must not hide the others
        return {"tag": tag, "version": "unreadable", "digest": "", "apis": [str(error)], "size": 0}
    apis = [api.name for api in facts.apis]
    return {"tag": tag, "version": facts.version, "digest": facts.digest, "apis": apis, "size": facts.size}


def _show(bundle: Bundle) -> None:
    facts = bundle.facts
    print_facts(
        {
            "version": facts.version,
            "digest": facts.digest,
            "APIs": _apis(facts),
            "models": ", ".join(f"{model.name} ({size(model.size)})" for model in facts.models) or "none",
            "labels": ", ".join(f"{key}={value}" for key, value in facts.labels.items()) or "none",
            "python": facts.python or "any",
            "packages": ", ".join(f"{name} {version}".strip() for name, version in facts.packages.items()) or "none",
            "size": size(facts.size),
            "folder": bundle.folder or "only in the bundle store",
        }
    )


def _apis(facts: BundleFacts) -> Table:
    table = Table.grid(padding=(0, 2))
    for api in facts.apis:
        table.add_row(api.name, f"POST {api.route}", _traits(api.streaming, api.batchable, api.takes_files))
    return table


def _traits(streaming: bool, batchable: bool, takes_files: bool) -> str:
    traits = {"streaming": streaming, "batchable": batchable, "takes files": takes_files}
    return ", ".join(name for name, has in traits.items() if has)


def _labels(texts: list[str]) -> dict[str, str]:
    labels = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise typer.BadParameter(f"{text!r} is not of the form KEY=VALUE", param_hint="--label")
        labels[key] = value
    return labels
