"""Every child of every declaration, with all its inputs and options, is as its golden file says.

Names, types, options and defaults are contract: a change of one shows here, in a diff that a reviewer reads.
`make test ARGS="tests/components/test_golden.py --update-golden"` writes the files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from declarations import BY_TARGET, every
from golden_files import FOLDER, written
from mocks import record

from modelberth_platform.bundle import resolve

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")


@pytest.mark.parametrize(("target", "name"), list(every()))
def test_what_is_declared(target: str, name: str, echo: Path, request: pytest.FixtureRequest) -> None:
    declaration = BY_TARGET[target][name]
    recorder, _ = record(lambda: declaration.program(echo), declaration.config, declaration.stack)
    text = written(recorder.requests, resolve(str(echo)).facts.recorded())
    file = FOLDER / target / f"{name}.json"
    if request.config.getoption("--update-golden"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()


def test_no_golden_file_is_left_over() -> None:
    assert {(file.parent.name, file.stem) for file in FOLDER.glob("*/*.json")} == set(every())
