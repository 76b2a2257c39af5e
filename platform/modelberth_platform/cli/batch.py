"""`modelberth batch` predicts the rows of a file, in the bundle's own environment."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.layout import copy_tree
from modelberth_platform.bundle.resolve import Trust, located
from modelberth_platform.runtime import runtime_folder
from modelberth_platform.targets.local.environment import python_for


def batch(
    reference: Annotated[str, typer.Argument(help="What bundle= takes: a name, NAME:VERSION, a folder, a model file…")],
    source: Annotated[Path, typer.Option("--input", help="The file with the rows: .jsonl, .csv or .parquet.")],
    target: Annotated[Path, typer.Option("--output", help="The file for the predictions, of any of these kinds.")],
    api: Annotated[str | None, typer.Option(help="The API to call; required if the bundle has several.")] = None,
    chunk_rows: Annotated[int, typer.Option(help="How many rows go into one call.")] = 10_000,
    restart: Annotated[bool, typer.Option(help="Begin anew, even if an earlier run was cut off.")] = False,
    trust: Annotated[Trust | None, typer.Option(help="pickle: take whatever a pickled model file imports.")] = None,
) -> None:
    """Predict the rows of a file; a run that was cut off goes on where it stopped.

    Exits with 3 when the API refused some of the rows; OUTPUT.errors.jsonl has their numbers and the reasons.
    """
    bundle = resolve(reference, trust=trust)
    folder, home = (bundle.folder, bundle.home) if bundle.folder else located(bundle.facts.digest)
    arguments = ["--input", str(source), "--output", str(target), "--chunk-rows", str(chunk_rows)]
    arguments += ["--api", api] if api else []
    arguments += ["--restart"] if restart else []
    with tempfile.TemporaryDirectory(prefix="modelberth-batch-") as scratch:
        copy_tree(runtime_folder(), Path(scratch) / "modelberth_serving")
        environment = {
            **os.environ,
            "PYTHONPATH": scratch,
            "BENTOML_HOME": str(home),
            "BENTOML_DO_NOT_TRACK": "true",
            "MODELBERTH_BUNDLE": str(folder),
        }
        command = [python_for(folder), "-m", "modelberth_serving", "batch", *arguments]
        raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)
