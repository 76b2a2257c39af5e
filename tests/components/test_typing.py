"""What an editor and a type checker see."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from mypy import api

PROGRAM = """
import pulumi
from modelberth import ManagedEndpoint, SelfHostedEndpoint

bucket: pulumi.Output[str] = pulumi.Output.from_input("b")
ManagedEndpoint("a", bundle="b", scaling={{"min": 2}}, env={{"X": bucket}}, opts=pulumi.ResourceOptions())
url: pulumi.Output[str] = SelfHostedEndpoint("a", {{"bundle": "b", "runtime": "ecs"}}).url
{line}
"""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", ""),
        ('ManagedEndpoint("a", bundle="b", instance_typ="x")', 'Unexpected keyword argument "instance_typ"'),
        ('ManagedEndpoint("a", bundle=3)', "No overload variant"),
        ('ManagedEndpoint("a", bundle="b", scaling={"mni": 3})', "No overload variant"),
        ('SelfHostedEndpoint("a", bundle="b", runtime="vms")', "No overload variant"),
        ('ManagedEndpoint("a", bundle=bucket)', "No overload variant"),
    ],
)
def test_a_type_checker_sees_mistakes(line: str, message: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(line=line))
    cache = str(ROOT / ".mypy_cache" / "tests")
    output, _, code = api.run(
        [str(program), "--strict", "--config-file", "", "--cache-dir", cache, "--no-error-summary"]
    )
    assert (code != 0) == bool(message), output
    assert message in output
    assert all(":8: " in problem for problem in output.splitlines()), "what is right stays right"
