"""The kinds of files: each reads rows in chunks, writes predictions as parts, and puts the parts together."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import shutil
import typing as t
from pathlib import Path

from modelberth_serving.errors import ServingError


@dataclasses.dataclass
class Chunk:
    """Rows that follow each other in the input.

    Attributes:
        first: the number of the first row; 1 in the first chunk.
        rows: the rows, each a value of JSON, a list of CSV cells, or a list of a Parquet file's values.
        columns: the columns' names, or None if the file has none.
        bad: what was wrong with a row when it was read, by its place in `rows`.
    """

    first: int
    rows: list[t.Any]
    columns: list[str] | None = None
    bad: dict[int, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Predictions:
    """What the API answered for a chunk.

    Attributes:
        numbers: the numbers of the rows that were predicted, in order.
        values: the predictions, one for each of these rows: a list of values as JSON can hold them, or a NumPy array.
        errors: why a row was refused, by its number.
    """

    numbers: list[int]
    values: t.Any
    errors: dict[int, str]


class Format(t.Protocol):
    """A kind of file."""

    def chunks(self, path: Path, size: int) -> t.Iterator[Chunk]:
        """The rows of the file, `size` at a time."""

    def write(self, path: Path, predictions: Predictions) -> None:
        """Write one part."""

    def join(self, parts: list[Path], output: Path) -> None:
        """Write the parts as one file."""


class JsonLines:
    """JSON Lines: one JSON value in each line."""

    def chunks(self, path: Path, size: int) -> t.Iterator[Chunk]:
        first = 1
        with path.open("rb") as file:
            lines = (line for line in file if line.strip())
            while taken := list(itertools.islice(lines, size)):
                chunk = Chunk(first, [])
                for place, line in enumerate(taken):
                    try:
                        chunk.rows.append(json.loads(line))
                    except ValueError as error:
                        chunk.rows.append(None)
                        chunk.bad[place] = f"is no JSON: {error}"
                yield chunk
                first += len(taken)

    def write(self, path: Path, predictions: Predictions) -> None:
        with path.open("w", encoding="utf-8") as file:
            for number, value in zip(predictions.numbers, _listed(predictions.values)):
                file.write(json.dumps({"row": number, "prediction": value}, ensure_ascii=False) + "\n")

    def join(self, parts: list[Path], output: Path) -> None:
        with output.open("wb") as whole:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole)


class Csv:
    """Comma-separated values under a line of column names."""

    def chunks(self, path: Path, size: int) -> t.Iterator[Chunk]:
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.reader(file)
                columns = next(reader, None)
                if not columns:
                    raise ServingError(f"{path} is empty; its first line must name the columns")
                first = 1
                while taken := list(itertools.islice(reader, size)):
                    rows = [row for row in taken if row]
                    bad = {
                        place: f"has {len(row)} values for {len(columns)} columns"
                        for place, row in enumerate(rows)
                        if len(row) != len(columns)
                    }
                    yield Chunk(first, rows, columns, bad)
                    first += len(rows)
        except (UnicodeDecodeError, csv.Error) as error:
            raise ServingError(f"{path} cannot be read as CSV in UTF-8: {error}") from None

    def write(self, path: Path, predictions: Predictions) -> None:
        columns = _columns(predictions)
        with path.open("w", newline="", encoding="utf-8") as file:
            if not predictions.numbers:
                return  # every row was refused: nobody knows what fields an answer has
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*([_cell(value) for value in _listed(values)] for values in columns.values())))

    def join(self, parts: list[Path], output: Path) -> None:
        header: bytes | None = None
        with output.open("wb") as whole:
            for part in parts:
                with part.open("rb") as file:
                    line = file.readline()
                    if not line:
                        continue
                    if header is None:
                        whole.write(line)
                    elif line != header:
                        raise ServingError(
                            f"the answers have different fields ({header.decode().strip()}; {line.decode().strip()}), "
                            "which one CSV cannot hold; name an output that ends in .jsonl"
                        )
                    header = line
                    shutil.copyfileobj(file, whole)
            if header is None:
                whole.write(b"row,prediction\r\n")


class Parquet:
    """Apache Parquet, which pyarrow reads and writes."""

    def chunks(self, path: Path, size: int) -> t.Iterator[Chunk]:
        arrow, parquet = _pyarrow()
        try:
            with parquet.ParquetFile(path) as file:
                first = 1
                for batch in file.iter_batches(batch_size=size):
                    yield ArrowChunk(first, batch)
                    first += batch.num_rows
        except (arrow.ArrowException, OSError) as error:
            raise ServingError(
                f"{path} cannot be read as Parquet: {error}. It is damaged, cut off, or of another kind"
            ) from None

    def write(self, path: Path, predictions: Predictions) -> None:
        arrow, parquet = _pyarrow()
        parquet.write_table(arrow.table(_columns(predictions)), path)

    def join(self, parts: list[Path], output: Path) -> None:
        arrow, parquet = _pyarrow()
        files = [parquet.ParquetFile(part) for part in parts]
        try:
            filled = [file for file in files if file.metadata.num_rows]
            schemas = [file.schema_arrow for file in filled or files] or [arrow.schema([("row", arrow.int64())])]
            schema = arrow.unify_schemas(schemas, promote_options="permissive")
            with parquet.ParquetWriter(output, schema) as writer:
                for file in filled:
                    for batch in file.iter_batches():
                        table = arrow.Table.from_batches([batch])
                        for name in schema.names:
                            if name not in table.column_names:
                                table = table.append_column(name, arrow.nulls(len(table), schema.field(name).type))
                        writer.write_table(table.select(schema.names).cast(schema))
        except arrow.ArrowException as error:
            raise ServingError(
                f"the answers do not fit into one table ({error}); name an output that ends in .jsonl"
            ) from None
        finally:
            for file in files:
                file.close()


class ArrowChunk(Chunk):
    """Rows of a Parquet file, which become Python values only where an API needs them."""

    def __init__(self, first: int, batch: t.Any) -> None:
        self.batch = batch
        super().__init__(first, t.cast("list[t.Any]", _LazyRows(batch)), list(batch.schema.names))


class _LazyRows(t.Sequence[t.Any]):
    def __init__(self, batch: t.Any) -> None:
        self._batch = batch

    def __len__(self) -> int:
        return int(self._batch.num_rows)

    def __getitem__(self, place: t.Any) -> t.Any:
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self))
            return _LazyRows(self._batch.slice(start, stop - start))
        return [column[place].as_py() for column in self._batch.columns]

    def numpy_columns(self) -> list[t.Any]:
        """Each column as a NumPy array."""
        return [column.to_numpy(zero_copy_only=False) for column in self._batch.columns]


_FORMATS: dict[str, Format] = {".jsonl": JsonLines(), ".ndjson": JsonLines(), ".csv": Csv(), ".parquet": Parquet()}
SUFFIXES = tuple(_FORMATS)


def format_of(path: Path) -> Format:
    """The kind of file that the suffix tells.

    Raises:
        ServingError: the suffix is not one of `SUFFIXES`.
    """
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        raise ServingError(f"the kind of {path} is not known by its suffix; there are {', '.join(SUFFIXES)}") from None


def _columns(predictions: Predictions) -> dict[str, t.Any]:
    """The columns of an output: the row numbers, then the fields of the answers, or plain answers as `prediction`."""
    values = predictions.values
    if isinstance(values, list) and values and all(isinstance(value, dict) for value in values):
        names = dict.fromkeys(name for value in values for name in value)
        spread = {name: [value.get(name) for value in values] for name in names}
        return {"row": predictions.numbers, **{(f"prediction_{n}" if n == "row" else n): v for n, v in spread.items()}}
    if getattr(values, "ndim", 1) > 1:
        values = values.tolist()
    return {"row": predictions.numbers, "prediction": values}


def _listed(values: t.Any) -> list[t.Any]:
    return values if isinstance(values, list) else t.cast("list[t.Any]", values.tolist())


def _cell(value: t.Any) -> t.Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) else value


def _pyarrow() -> tuple[t.Any, t.Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ServingError(
            "Parquet needs pyarrow, which the bundle's packages do not have; add it there, or use .csv or .jsonl"
        ) from None
    return pyarrow, pyarrow.parquet
