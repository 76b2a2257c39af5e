"""Folders that are filled once: whole or not at all, whoever else fills them, and whatever kills a process midway."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelberth_platform.paths import filled_once

FILLS = """
import os, pathlib, sys, time
from modelberth_platform.paths import filled_once

log, target, seconds = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), float(sys.argv[3])

def fill(folder):
    with log.open("a") as file:
        file.write(f"{os.getpid()}\\n")
    (folder / "first").write_text("1")
    time.sleep(seconds)
    (folder / "second").write_text("2")

assert sorted(path.name for path in filled_once(target, fill).iterdir()) == ["first", "second"]
"""


def filling(tmp_path: Path, seconds: float) -> subprocess.Popen[bytes]:
    """A process that fills `target`, for which it takes `seconds`; it notes in `log` that it began."""
    arguments = [str(tmp_path / "log"), str(tmp_path / "target"), str(seconds)]
    return subprocess.Popen([sys.executable, "-c", FILLS, *arguments])


def pair(folder: Path) -> None:
    (folder / "first").write_text("1")
    (folder / "second").write_text("2")


def test_a_folder_that_is_there_is_not_filled_again(machine: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "target"
    assert filled_once(target, pair) == target
    assert filled_once(target, lambda folder: pytest.fail(f"{folder} is filled again")) == target
    assert [path.name for path in target.parent.iterdir()] == ["target"], "nothing else is left beside it"


def test_an_exception_in_the_middle_leaves_nothing(machine: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"

    def half(folder: Path) -> None:
        (folder / "first").write_text("1")
        raise ValueError("cut off")

    with pytest.raises(ValueError, match="cut off"):
        filled_once(target, half)
    assert list(tmp_path.iterdir()) == []
    assert (filled_once(target, pair) / "second").read_text() == "2"


def test_processes_wait_for_the_one_that_fills(machine: Path, tmp_path: Path) -> None:
    processes = [filling(tmp_path, 0.5) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert len((tmp_path / "log").read_text().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "target"]


def test_after_a_kill_another_process_fills_it(machine: Path, tmp_path: Path) -> None:
    killed = filling(tmp_path, 600)
    try:
        while not (tmp_path / "log").is_file():
            assert killed.poll() is None
            time.sleep(0.02)
    finally:
        killed.kill()
        killed.wait()
    assert not (tmp_path / "target").exists()
    filled_once(tmp_path / "target", pair)
    assert sorted(path.name for path in (tmp_path / "target").iterdir()) == ["first", "second"]


def test_the_folder_of_somebody_who_took_no_lock_stays(machine: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"

    def overtaken(folder: Path) -> None:
        (folder / "file").write_text("ours")
        target.mkdir()
        (target / "file").write_text("theirs")

    assert (filled_once(target, overtaken) / "file").read_text() == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_file_in_its_place_is_an_error(machine: Path, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a file")
    with pytest.raises(FileNotFoundError, match="could not be written"):
        filled_once(tmp_path / "target", pair)
