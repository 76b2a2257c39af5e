"""Puts the subcommands of the `modelberth` command together."""

from __future__ import annotations

import typer

from modelberth_platform.cli import batch, bundle, check, doctor, image, logs, new, predict, status, store

app = typer.Typer(
    name="modelberth",
    help="Model services on this machine and in the cloud: bundles, endpoints, predictions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("new")(new.new)
app.command("doctor")(doctor.doctor)
app.add_typer(bundle.app, name="bundle")
app.add_typer(image.app, name="image")
bundle.app.command("push")(store.push)
bundle.app.command("pull")(store.pull)
app.command("promote")(store.promote)
app.command("check")(check.check)
app.command("status")(status.status)
app.command("logs")(logs.logs)
app.command("predict")(predict.predict)
app.command("batch")(batch.batch)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        from importlib.metadata import version as installed_version

        print(installed_version("modelberth"))
        raise typer.Exit
