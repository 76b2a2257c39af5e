"""What the documents show is what is there, and runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from modelberth_platform.spec import ManagedEndpointSpec, SelfHostedEndpointSpec
from modelberth_platform.targets.registry import target_named
from modelberth_platform.targets.support import COMMON

sys.path.insert(0, str(ROOT / "tools"))

import targets_page

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[str]:
    """The README's code blocks in that language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def test_the_readmes_program_is_the_services() -> None:
    shown = [line for line in blocks("python")[0].splitlines() if line and not line.startswith("#")]
    program = (ROOT / "services" / "digits" / "__main__.py").read_text()
    assert all(line in program.splitlines() for line in shown)


def test_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_the_local_page_speaks_of_what_is_honoured() -> None:
    page = (ROOT / "docs" / "local.md").read_text()
    support = target_named("local").support
    assert [field for field in COMMON | support.honoured | support.refused.keys() if f"`{field}`" not in page] == []


def test_the_targets_page_is_as_the_records_say() -> None:
    assert targets_page.PAGE.read_text() == targets_page.page(), "write it anew: make docs"


def test_the_sagemaker_page_speaks_of_every_argument() -> None:
    page = (ROOT / "docs" / "sagemaker.md").read_text()
    unsaid = [field for field in ManagedEndpointSpec.model_fields if f"`{field}`" not in page]
    assert unsaid == ["trust", "access"], "said in bundles.md; and there is one way of access"


def test_the_lambda_page_speaks_of_every_argument() -> None:
    page = (ROOT / "docs" / "aws_lambda.md").read_text()
    unsaid = [field for field in SelfHostedEndpointSpec.model_fields if f"`{field}`" not in page]
    assert unsaid == ["trust", "runtime"], "said in bundles.md; and it is what leads here"


@pytest.mark.parametrize(
    "command", ["up", "down", "engine", "test", "check", "bench", "env", "setup", "format", "docs"]
)
def test_make_has_the_commands_that_are_documented(command: str) -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert re.search(rf"make {command}\b", listed)


def test_nothing_speaks_of_a_machines_paths() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    texts = {
        name: (ROOT / name).read_text() for name in tracked if Path(name).suffix in {".py", ".md", ".yaml", ".yml"}
    }
    assert texts
    homes = ("/wor" + "k/", "/roo" + "t/")
    assert [name for name, text in texts.items() if any(home in text for home in homes)] == []
