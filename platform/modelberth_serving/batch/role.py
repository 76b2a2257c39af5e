"""Runs the role: reads its arguments, predicts chunk by chunk, tells progress, goes on where a run was cut off."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
import typing as t
from pathlib import Path

from modelberth_serving.batch.files import SUFFIXES, format_of
from modelberth_serving.batch.parts import Part, Parts
from modelberth_serving.errors import ServingError
from modelberth_serving.settings import Settings

SOME_ROWS_FAILED = 3
"""The exit code of a run that is complete but for rows that the API refused."""

_PROGRESS_SECONDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The role's arguments."""
    kinds = ", ".join(SUFFIXES)
    parser.add_argument("--input", type=Path, required=True, help=f"rows to predict ({kinds})")
    parser.add_argument("--output", type=Path, required=True, help=f"where the predictions go ({kinds})")
    parser.add_argument("--api", default=os.environ.get("MODELBERTH_API"), help="needed where the Bento has several")
    parser.add_argument("--chunk-rows", type=int, default=10_000, help="rows in one call (default: %(default)s)")
    parser.add_argument("--restart", action="store_true", help="begin anew, whatever an earlier run finished")


def batch(options: argparse.Namespace) -> int:
    """Predict every row of the input and write the output whole, at the end.

    What is finished lies in `OUTPUT.parts/` until then; if this run is killed, the next one goes on there. A row that
    the API refuses is noted in `OUTPUT.errors.jsonl` with its number (the first is 1); the others are predicted.

    Raises:
        ServingError: the input cannot be read, the output not be written, or the API does not answer by row.
    """
    if options.chunk_rows < 1:
        raise ServingError(f"--chunk-rows is {options.chunk_rows}; it must be 1 or more")
    shown = options.output
    # BentoML changes the working directory when it loads a Bento.
    options.input, options.output = options.input.absolute(), options.output.absolute()
    source, sink = format_of(options.input), format_of(options.output)
    if not options.input.is_file():
        raise ServingError(f"there is no file {options.input}")
    if options.output.resolve() == options.input.resolve():
        raise ServingError(f"the output is the input, {options.input}; name another file")
    settings = dataclasses.replace(Settings.from_environment(), api=options.api)
    parts = Parts(options.output, sink)
    with parts.opened(_identity(options, settings), restart=options.restart), _caller(settings) as caller:
        progress = _Progress()
        for number, chunk in enumerate(source.chunks(options.input, options.chunk_rows)):
            part = parts.finished(number)
            if part is None:
                part = parts.write(number, caller.predict(chunk))
            progress.add(part)
    parts.assemble()
    progress.close(shown, shown.with_name(parts.errors.name))
    return SOME_ROWS_FAILED if progress.bad else 0


def _caller(settings: Settings) -> t.ContextManager[t.Any]:
    from modelberth_serving.batch.call import caller

    return caller(settings)


def _identity(options: argparse.Namespace, settings: Settings) -> dict[str, t.Any]:
    """What must be the same in an earlier run for its parts to belong to this one."""
    stat = options.input.stat()
    return {
        "input": [str(options.input.resolve()), stat.st_size, stat.st_mtime_ns],
        "bundle": [str(settings.bundle.resolve()), (settings.bundle / "bento.yaml").stat().st_mtime_ns]
        if (settings.bundle / "bento.yaml").is_file()
        else [],
        "api": settings.api,
        "chunk_rows": options.chunk_rows,
    }


class _Progress:
    """Says how far it is, to standard error."""

    def __init__(self) -> None:
        self.rows = self.bad = self._resumed = 0
        self._started = self._told = time.monotonic()

    def add(self, part: Part) -> None:
        self.rows += part.rows
        self.bad += part.bad
        self._resumed += 0 if part.fresh else part.rows
        if time.monotonic() - self._told >= _PROGRESS_SECONDS:
            self._told = time.monotonic()
            self._say("so far")

    def close(self, output: Path, errors: Path) -> None:
        self._say(f"done: {output}")
        if self.bad:
            refused = "1 row was refused" if self.bad == 1 else f"{self.bad:,} rows were refused"
            print(f"{refused}; {errors} says which and why", file=sys.stderr, flush=True)

    def _say(self, what: str) -> None:
        pace = (self.rows - self._resumed) / max(time.monotonic() - self._started, 1e-9)
        words = [f"{self.rows:,} rows", f"{pace:,.0f} rows/s", what]
        if self._resumed:
            words.insert(1, f"{self._resumed:,} of them from an earlier run")
        print(", ".join(words), file=sys.stderr, flush=True)
