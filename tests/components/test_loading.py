"""What a program loads while it waits for the engine, seen in an interpreter that has loaded nothing yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, sys
import pulumi_aws as aws
from modelberth.targets.aws import loading

def loaded():
    names = vars(sys.modules["pulumi_aws.sagemaker"]).keys() & {"Model"} | sys.modules.keys() & {"pulumi_docker"}
    return sorted(names)

async def waits():
    loading.load_while_waiting(lambda: aws.sagemaker.Model)
    print(loaded())
    await asyncio.sleep(loading.SENT_SECONDS * 2)
    print(loaded())

loading.load_while_waiting(lambda: aws.sagemaker.Model)  # no loop runs yet
asyncio.run(waits())
"""


def test_the_provider_packages_are_loaded_while_a_program_waits(aws_packages: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(aws_packages)}
    command = [sys.executable, "-c", PROGRAM]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert result.stdout.splitlines() == ["[]", "['Model', 'pulumi_docker']"]
