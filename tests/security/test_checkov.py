"""checkov over what the targets on AWS declare; what it finds is excepted by name in docs/security.md, or fails."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from security.declared import EVERY, declared, plan
from security.page import excepted

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")

CHECKOV = ["uvx", "--quiet", "checkov==3.3.30"]


def test_checkov_finds_nothing_but_the_exceptions(echo: Path, tmp_path: Path) -> None:
    for target, which in EVERY:
        (tmp_path / f"{target}-{which}.json").write_text(json.dumps(plan(declared(echo, target, which))))
    files = [word for path in sorted(tmp_path.glob("*.json")) for word in ("--file", str(path))]
    command = [*CHECKOV, *files, "--framework", "terraform_plan", "--output", "json", "--skip-download", "--quiet"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    reports = json.loads(said.stdout)
    reports = reports if isinstance(reports, list) else [reports]
    failed = {
        check["check_id"]: (check["resource"], check["check_name"])
        for report in reports
        for check in report["results"]["failed_checks"]
    }
    assert sum(report["summary"]["passed"] for report in reports) > 0
    assert {check: failed[check] for check in failed.keys() - excepted()} == {}
    assert excepted() <= failed.keys(), "an exception that nothing needs any more"
