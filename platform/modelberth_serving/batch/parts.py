"""Keeps the finished parts of an output, a file for each chunk, renamed into place when whole: a crash loses none."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import typing as t
from pathlib import Path

from modelberth_serving.batch.files import Format, Predictions
from modelberth_serving.errors import ServingError


@dataclasses.dataclass(frozen=True)
class Part:
    """A chunk that is finished.

    Attributes:
        rows: how many rows the chunk has.
        bad: how many of them were refused.
        fresh: whether this run made it, not an earlier one.
    """

    rows: int
    bad: int
    fresh: bool


class Parts:
    """The folder `OUTPUT.parts`, until the output is put together."""

    def __init__(self, output: Path, kind: Format) -> None:
        self.errors = output.with_name(f"{output.name}.errors.jsonl")
        self._output = output
        self._kind = kind
        self._folder = output.with_name(f"{output.name}.parts")
        self._count = 0

    @contextlib.contextmanager
    def opened(self, identity: dict[str, t.Any], *, restart: bool) -> t.Iterator[None]:
        """Begin, or go on with what an earlier run of the same input, bundle and options finished.

        Raises:
            ServingError: the earlier run was one of something else, or the folder cannot be written.
        """
        manifest = self._folder / "run.json"
        try:
            if restart:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True, exist_ok=True)
            if manifest.is_file() and json.loads(manifest.read_text()) != identity:
                raise ServingError(
                    f"{self._folder} holds parts of another run (another input, bundle, API or chunk size); finish "
                    "that one with its own arguments, or begin anew with --restart"
                )
            _write(manifest, lambda path: path.write_text(json.dumps(identity)))
        except OSError as error:
            raise ServingError(f"the output's folder cannot be written: {error}") from None
        try:
            yield
        finally:
            if not any(self._folder.glob("*.part")):  # nothing was finished, so there is nothing to go on with
                shutil.rmtree(self._folder, ignore_errors=True)

    def finished(self, number: int) -> Part | None:
        """The part of a chunk if an earlier run finished it, else None."""
        try:
            tally = json.loads(self._tally(number).read_text())
        except FileNotFoundError:
            return None
        self._count = number + 1
        return Part(tally["rows"], tally["bad"], fresh=False)

    def write(self, number: int, predictions: Predictions) -> Part:
        """Write the part of a chunk; it counts once its tally is there, which is written last."""
        rows, bad = len(predictions.numbers) + len(predictions.errors), len(predictions.errors)
        errors = "".join(
            json.dumps({"row": row, "error": error}, ensure_ascii=False) + "\n"
            for row, error in sorted(predictions.errors.items())
        )
        _write(self._part(number), lambda path: self._kind.write(path, predictions))
        _write(self._folder / f"{number:08}.errors", lambda path: path.write_text(errors, encoding="utf-8"))
        _write(self._tally(number), lambda path: path.write_text(json.dumps({"rows": rows, "bad": bad})))
        self._count = number + 1
        return Part(rows, bad, fresh=True)

    def assemble(self) -> None:
        """Put the output together and remove the parts."""
        numbers = range(self._count)
        _write(self._output, lambda path: self._kind.join([self._part(number) for number in numbers], path))
        errors = [path for number in numbers if (path := self._folder / f"{number:08}.errors").stat().st_size]
        self.errors.unlink(missing_ok=True)
        if errors:
            _write(self.errors, lambda path: _concatenate(errors, path))
        shutil.rmtree(self._folder, ignore_errors=True)

    def _part(self, number: int) -> Path:
        return self._folder / f"{number:08}.part"

    def _tally(self, number: int) -> Path:
        return self._folder / f"{number:08}.json"


def _concatenate(paths: list[Path], target: Path) -> None:
    with target.open("wb") as whole:
        for path in paths:
            whole.write(path.read_bytes())


def _write(path: Path, fill: t.Callable[[Path], object]) -> None:
    """Write a file that is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fill(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
