"""`modelberth check --permissions`, on programs that need no engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import pulumi
import pulumi_aws as aws
from modelberth import ManagedEndpoint

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:" + "1" * 64
web = aws.iam.Role("web", assume_role_policy="{}")
captures = aws.s3.Bucket("Captures")
shop = ManagedEndpoint(
    "shop",
    image=IMAGE,
    instance_type="ml.m5.large",
    scaling={"min": 1, "max": 3, "target": 100},
    env={"TOKEN": pulumi.Output.secret("hunter2")},
    capture={"percent": 5, "destination": captures.bucket.apply(lambda name: f"s3://{name}/shop")},
    callers=["arn:aws:iam::123456789012:role/apps/site"],
)
shop.grant_invoke(web.name, name="web")
"""
LOCAL = 'from modelberth import ManagedEndpoint\nManagedEndpoint("shop", bundle="echo", api="echo")\n'
AWS = {"modelberth:cloud": "aws", "aws:region": "eu-central-1"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return tmp_path


def write(project: Path, program: str, config: dict[str, Any]) -> None:
    (project / "__main__.py").write_text(program)
    (project / "Pulumi.prod.yaml").write_text(json.dumps({"config": config}))


def check(project: Path, packages: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "modelberth_platform.cli", "check", "--stack", "prod", "--permissions"]
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(packages)]))
    env = {**os.environ, "PYTHONPATH": path, "AWS_ACCESS_KEY_ID": "", "AWS_EC2_METADATA_DISABLED": "true"}
    finished = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=120, env=env)
    assert "Traceback" not in finished.stderr
    return finished


def test_the_policy_alone_is_printed_and_always_the_same(project: Path, aws_packages: Path) -> None:
    write(project, PROGRAM, AWS)
    first, second = check(project, aws_packages), check(project, aws_packages)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert first.stderr == ""
    policy = json.loads(first.stdout)
    assert policy.keys() == {"Version", "Statement"}
    reached = {resource for statement in policy["Statement"] for resource in statement["Resource"]}
    assert {
        "arn:aws:iam::*:role/shop-role-*",
        "arn:aws:iam::*:role/web-*",  # of the program's own, which is granted the call
        "arn:aws:iam::123456789012:role/apps/site",  # of the same account, perhaps
        "arn:aws:sagemaker:eu-central-1:*:endpoint/shop-shop-prod",
        "arn:aws:sagemaker:eu-central-1:*:model/shop-*",
        "arn:aws:logs:eu-central-1:*:log-group:/aws/sagemaker/Endpoints/shop-shop-prod:*",
    } <= reached
    assert "hunter2" not in first.stdout


def test_of_the_account_that_is_named(project: Path, aws_packages: Path) -> None:
    write(project, PROGRAM, {**AWS, "aws:allowedAccountIds": ["123456789012"]})
    finished = check(project, aws_packages)
    policy = json.loads(finished.stdout)
    reached = {resource for statement in policy["Statement"] for resource in statement["Resource"]}
    assert "arn:aws:iam::123456789012:role/shop-role-*" in reached
    assert "arn:aws:iam::123456789012:role/*/site" in reached
    assert not [resource for resource in reached if "shop-invoker" in resource], (
        "a caller of this account needs no role"
    )


def test_what_is_secret_stays_in_the_dry_run(project: Path, aws_packages: Path) -> None:
    write(project, PROGRAM, AWS)
    command = [sys.executable, "-m", "modelberth_platform.dry_run", "prod"]
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(aws_packages)]))
    env = {**os.environ, "PYTHONPATH": path}
    told = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True, env=env).stdout
    (endpoint,) = json.loads(told)["endpoints"]
    children = {child["name"]: child for child in endpoint["children"]}
    assert children["shop-policy"]["inputs"]["role"] == "shop-role-*"
    assert children["shop-invoke-web"]["inputs"]["role"] == "web-*"
    assert children["shop-model"]["inputs"]["executionRoleArn"] == "*"
    assert "arn:aws:s3:::captures-*/shop/*" in children["shop-policy"]["inputs"]["policy"], "made of what Pulumi names"
    assert "web" not in children, "the program's own resources are not the endpoint's"
    assert "hunter2" not in told


def test_problems_go_to_standard_error(project: Path, aws_packages: Path) -> None:
    write(project, PROGRAM.replace('"ml.m5.large"', '"m5.large"'), AWS)
    finished = check(project, aws_packages)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert "shop: instance_type" in finished.stderr
    write(project, "", AWS)
    finished = check(project, aws_packages)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "declares no endpoint" in finished.stderr


def test_this_machine_asks_nobody(project: Path, aws_packages: Path, echo: Path) -> None:
    write(project, LOCAL, {"modelberth:cloud": "local"})
    finished = check(project, aws_packages)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {"Version": "2012-10-17", "Statement": []}
    assert "ask nobody" in finished.stderr
