"""The `batch` role: predictions for the rows of a file, as its users run it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import BENTOS, ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelberth_platform.bundle.build import build
from modelberth_serving.batch.files import Csv, JsonLines, Parquet, Predictions


@pytest.fixture(scope="module")
def kinds(machine: Path) -> Path:
    folder = build(BENTOS / "kinds").bundle.folder
    assert folder is not None
    return folder


class Batch:
    """`python -m modelberth_serving batch` of a bundle, in a folder of its own."""

    def __init__(self, bundle: Path, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "platform"),
            "MODELBERTH_BUNDLE": str(bundle),
            "BENTOML_HOME": str(folder / "bentoml"),
        }

    def command(self, source: str, target: str, api: str, *more: str) -> list[str]:
        arguments = ["--input", source, "--output", target, "--api", api, *more]
        return [sys.executable, "-m", "modelberth_serving", "batch", *arguments]

    def run(self, source: str, target: str, api: str, *more: str, code: int = 0) -> str:
        """Run it and return what it prints to standard error."""
        result = subprocess.run(
            self.command(source, target, api, *more),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert result.returncode == code, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stderr

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    def write(self, name: str, rows: list[Any]) -> None:
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def batch(kinds: Path, tmp_path: Path) -> Batch:
    return Batch(kinds, tmp_path)


def predictions(lines: list[Any]) -> list[Any]:
    assert [line["row"] for line in lines] == list(range(1, len(lines) + 1))
    return [line["prediction"] for line in lines]


def test_an_array_takes_a_chunk_at_once(batch: Batch) -> None:
    batch.write("in.jsonl", [[number, 2 * number] for number in range(25)])
    printed = batch.run("in.jsonl", "out.jsonl", "array", "--chunk-rows", "10")
    assert predictions(batch.lines("out.jsonl")) == [3.0 * number for number in range(25)]
    assert "25 rows" in printed
    assert "done: out.jsonl" in printed
    assert sorted(path.name for path in batch.folder.glob("out*")) == ["out.jsonl"], "nothing else is left"


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_tables_in_and_out(batch: Batch, suffix: str) -> None:
    columns = {"x": [1.5, 2.0, -1.0], "y": [1.0, 0.0, 0.25]}
    if suffix == "csv":
        (batch.folder / "in.csv").write_text("x,y\n1.5,1\n2,0\n-1,0.25\n")
    else:
        pq.write_table(pa.table(columns), batch.folder / "in.parquet")
    batch.run(f"in.{suffix}", f"out.{suffix}", "array", "--chunk-rows", "2")
    if suffix == "csv":
        rows = list(csv.DictReader((batch.folder / "out.csv").open()))
        predictions = [(int(row["row"]), float(row["prediction"])) for row in rows]
    else:
        table = pq.read_table(batch.folder / "out.parquet").to_pydict()
        predictions = list(zip(table["row"], table["prediction"], strict=True))
    assert predictions == [(1, 2.5), (2, 2.0), (3, -0.75)]


def test_a_data_frame(batch: Batch) -> None:
    (batch.folder / "in.csv").write_text("a,b\n1,2\n3,4\n")
    batch.run("in.csv", "out.csv", "frame")
    assert (batch.folder / "out.csv").read_text() == "row,a,b,c\n1,1,2,3\n2,3,4,7\n"


def test_a_list_of_texts(batch: Batch) -> None:
    batch.write("in.jsonl", ["one", "three", ""])
    batch.run("in.jsonl", "out.jsonl", "batched")
    assert predictions(batch.lines("out.jsonl")) == [3, 5, 0]


def test_an_api_of_one_row(batch: Batch) -> None:
    (batch.folder / "in.csv").write_text("a,b,d,unknown\n1,2.5,x,7\n2,0,3,\n")
    batch.run("in.csv", "out.jsonl", "plain")
    assert predictions(batch.lines("out.jsonl")) == [
        {"a": 1, "b": 2.5, "c": False, "d": "x"},
        {"a": 2, "b": 0.0, "c": False, "d": 3},
    ]
    (batch.folder / "features.csv").write_text("f1,f2\n1,2\n3,4.5\n")
    batch.run("features.csv", "sums.csv", "asynchronous")
    assert (batch.folder / "sums.csv").read_text() == "row,prediction\n1,3.0\n2,7.5\n", "one list is one row's features"


def test_a_whole_object_is_the_request(batch: Batch) -> None:
    tree = {"leaves": [{"name": "x", "weight": 1.0, "tags": {}}], "kind": "oak"}
    batch.write("in.jsonl", [tree])
    batch.run("in.jsonl", "out.jsonl", "whole_tree")
    assert predictions(batch.lines("out.jsonl")) == [tree]


def test_bad_rows_are_told_by_number_and_the_others_done(batch: Batch) -> None:
    rows: list[Any] = [[number, 1] for number in range(100)]
    rows[17] = [1, 2, 3]
    rows[80] = "secret words"
    batch.write("in.jsonl", rows)
    with (batch.folder / "in.jsonl").open("a") as file:
        file.write("{not json\n")
    printed = batch.run("in.jsonl", "out.jsonl", "array", "--chunk-rows", "50", code=3)
    done = {line["row"]: line["prediction"] for line in batch.lines("out.jsonl")}
    assert done == {number + 1: number + 1.0 for number in range(100) if number not in (17, 80)}
    errors = {line["row"]: line["error"] for line in batch.lines("out.jsonl.errors.jsonl")}
    assert sorted(errors) == [18, 81, 101]
    assert errors[101].startswith("is no JSON: ")
    assert "3 rows were refused; out.jsonl.errors.jsonl says which and why" in printed


def test_a_csv_row_of_another_length(batch: Batch) -> None:
    (batch.folder / "in.csv").write_text("x,y\n1,2\n1,2,3\n5,6\nno,1\n")
    batch.run("in.csv", "out.csv", "array", code=3)
    assert (batch.folder / "out.csv").read_text() == "row,prediction\n1,3.0\n3,11.0\n"
    errors = {line["row"]: line["error"] for line in batch.lines("out.csv.errors.jsonl")}
    assert errors[2] == "has 3 values for 2 columns"
    assert "could not convert" in errors[4]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.parquet", b"PAR1 and then nothing", "in.parquet cannot be read as Parquet: "),
        ("in.csv", b"", "in.csv is empty; its first line must name the columns"),
        ("in.csv", b"a,b\n\xff\xfe,1\n", "in.csv cannot be read as CSV in UTF-8"),
        ("in.xlsx", b"", "in.xlsx is not known by its suffix; there are .jsonl, .ndjson, .csv, .parquet"),
    ],
)
def test_input_that_cannot_be_read(batch: Batch, name: str, content: bytes, message: str) -> None:
    (batch.folder / name).write_bytes(content)
    assert message in batch.run(name, "out.jsonl", "array", code=1)
    assert not (batch.folder / "out.jsonl").exists()


def test_a_truncated_parquet_file_says_so(batch: Batch) -> None:
    pq.write_table(pa.table({"x": np.arange(1000.0), "y": np.arange(1000.0)}), batch.folder / "in.parquet")
    whole = (batch.folder / "in.parquet").read_bytes()
    (batch.folder / "in.parquet").write_bytes(whole[: len(whole) // 2])
    assert "It is damaged, cut off, or of another kind" in batch.run("in.parquet", "out.parquet", "array", code=1)


def test_wrong_calls(batch: Batch) -> None:
    batch.write("in.jsonl", [[1, 2]])
    assert "there is no file " in batch.run("nothing.jsonl", "out.jsonl", "array", code=1)
    assert "the output is the input" in batch.run("in.jsonl", "in.jsonl", "array", code=1)
    assert "there is no API 'x'; name one with --api: array, " in batch.run("in.jsonl", "out.jsonl", "x", code=1)
    assert "streams or uses a request's context" in batch.run("in.jsonl", "out.jsonl", "stream", code=1)
    assert "--chunk-rows is 0" in batch.run("in.jsonl", "out.jsonl", "array", "--chunk-rows", "0", code=1)


def test_killed_in_the_middle_and_gone_on_with(batch: Batch) -> None:
    rows = 20_000
    batch.write("in.jsonl", [{"a": number} for number in range(rows)])
    command = batch.command("in.jsonl", "out.jsonl", "plain", "--chunk-rows", "500")
    kills = 0
    for parts_wanted in (2, 9):
        process = subprocess.Popen(command, cwd=batch.folder, env=batch.environment, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(batch.folder.glob("out.jsonl.parts/*.part"))) >= parts_wanted:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.002)
        process.wait()
    assert kills == 2
    assert not (batch.folder / "out.jsonl").exists(), "there is no half of an output"
    other = batch.run("in.jsonl", "out.jsonl", "plain", "--chunk-rows", "400", code=1)
    assert "holds parts of another run (another input, bundle, API or chunk size)" in other
    printed = batch.run("in.jsonl", "out.jsonl", "plain", "--chunk-rows", "500")
    assert "of them from an earlier run" in printed
    assert [answer["a"] for answer in predictions(batch.lines("out.jsonl"))] == list(range(rows))
    assert not (batch.folder / "out.jsonl.parts").exists()


def test_restart_begins_anew(batch: Batch) -> None:
    batch.write("in.jsonl", [[1, 2]])
    (batch.folder / "out.jsonl.parts").mkdir()
    (batch.folder / "out.jsonl.parts" / "run.json").write_text('{"input": "another"}')
    assert "begin anew with --restart" in batch.run("in.jsonl", "out.jsonl", "array", code=1)
    batch.run("in.jsonl", "out.jsonl", "array", "--restart")
    assert predictions(batch.lines("out.jsonl")) == [3.0]


def test_a_file_without_rows(batch: Batch) -> None:
    batch.write("in.jsonl", [])
    batch.run("in.jsonl", "out.jsonl", "array")
    assert (batch.folder / "out.jsonl").read_bytes() == b""
    (batch.folder / "in.csv").write_text("x,y\n")
    batch.run("in.csv", "out.csv", "array")
    assert (batch.folder / "out.csv").read_text() == "row,prediction\n"


def _answer(a: int, b: str) -> dict[str, Any]:
    return {"a": a, "b": b}


@given(
    answers=st.lists(st.lists(st.builds(_answer, st.integers(0, 9), st.text(max_size=5)), max_size=4)),
    kind=st.sampled_from([JsonLines(), Csv(), Parquet()]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_join_to_the_whole(tmp_path: Path, answers: list[list[Any]], kind: Any) -> None:
    parts, row, expected = [], 1, []
    for number, values in enumerate(answers):
        path = tmp_path / f"{number}.part"
        kind.write(path, Predictions(list(range(row, row + len(values))), values, {}))
        expected += [(row + place, value["a"], value["b"]) for place, value in enumerate(values)]
        row += len(values)
        parts.append(path)
    kind.join(parts, tmp_path / "whole")
    assert read_back(kind, tmp_path / "whole") == expected


def read_back(kind: Any, path: Path) -> list[tuple[int, int, str]]:
    if isinstance(kind, JsonLines):
        lines = [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
        return [(line["row"], line["prediction"]["a"], line["prediction"]["b"]) for line in lines]
    if isinstance(kind, Csv):
        with path.open(newline="", encoding="utf-8") as file:
            return [(int(row["row"]), int(row["a"]), row["b"]) for row in csv.DictReader(file)]
    table = pq.read_table(path).to_pydict()
    return list(zip(table["row"], table.get("a", []), table.get("b", []), strict=False)) if table["row"] else []
