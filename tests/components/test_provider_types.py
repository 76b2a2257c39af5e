"""What `make check` sees of the clouds' provider packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from mypy import api

PROGRAM = """
import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

role = aws.iam.Role("a", assume_role_policy="{{}}", tags={{"owner": pulumi.Output.from_input("me")}})
arn: pulumi.Output[str] = aws.sagemaker.Model("a", execution_role_arn=role.arn).arn
aws.sagemaker.EndpointConfiguration("a", production_variants=[{{"model_name": "a", "initial_instance_count": 1}}])
docker.Image("a", image_name="a", build=docker.DockerBuildArgs(context="."))
{line}
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", ""),
        ('aws.iam.Role("b", assume_role_policy="{}", descripton="b")', 'Unexpected keyword argument "descripton"'),
        ('aws.cloudwatch.LogGroup("b", retention_in_days="a year")', "No overload variant"),
        ('aws.sagemaker.EndpointConfiguration("b", production_variants=[{"modelname": "a"}])', "incompatible type"),
        ('docker.Image("b", image_name=3)', "No overload variant"),
        ("days: int = role.arn", "Incompatible types in assignment"),
        ('aws.sqs.Queue("b")', 'has no attribute "sqs"'),  # setup_providers.MODULES has no such module
    ],
)
def test_a_mistake_in_a_resource_is_found(
    line: str, said: str, aws_packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(line=line))
    found, failure, code = api.run([str(program), "--config-file", "pyproject.toml", "--no-error-summary"])
    assert not failure
    assert (code != 0) == bool(said), found
    assert said in found
    assert all(":10: " in problem for problem in found.splitlines()), "what is right stays right"
