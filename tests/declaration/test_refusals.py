"""What is refused is told word for word as the golden file says.

The words are contract too, and this is where a limit, a field or a remedy that is told wrongly shows.
`make test ARGS="tests/declaration/test_refusals.py --update-golden"` writes the file anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from declarations import IMAGE, Declaration
from golden_files import FOLDER
from mocks import declare
from refusals import DECLARATIONS, LIMITS

from modelberth import DeclarationError
from modelberth_platform.spec import ManagedEndpointSpec
from modelberth_platform.targets.sagemaker.limits import limits
from modelberth_platform.targets.target import Candidate

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")


def test_what_is_refused_is_told_as_the_golden_file_says(
    echo: Path, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    caplog.set_level("INFO")
    told = {
        "limits": {name: _beyond(arguments) for name, arguments in LIMITS.items()},
        "declarations": {name: _told(declaration, caplog) for name, declaration in DECLARATIONS.items()},
    }
    file = FOLDER / "refusals.json"
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-golden"):
        file.write_text(text)
    assert text == file.read_text()


def _beyond(arguments: dict[str, object]) -> list[str]:
    spec = ManagedEndpointSpec.model_validate({"image": IMAGE, **arguments})
    return [str(problem) for problem in limits(Candidate("shop", spec))]


def _told(declaration: Declaration, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the error, or where there is none of what the engine is told."""
    caplog.clear()
    served = {} if "image" in declaration.arguments else {"bundle": "echo", "api": "echo"}
    arguments = {**served, **declaration.arguments}
    try:
        declare(lambda: declaration.component(declaration.name, **arguments), declaration.config)
    except DeclarationError as error:
        return str(error).splitlines()
    lines = "\n".join(f"{record.levelname}: {record.getMessage()}" for record in caplog.records)
    return lines.splitlines()
