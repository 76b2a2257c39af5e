"""Fixtures for the tests on the real engine: the tests' own provider plugins, and a stack on an empty account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.providers import install_plugin
from conftest import project_name
from loopback import aws_on_loopback

from engine import moto_patches
from engine.cloud import CloudStack, everything
from engine.stack import Failed


@pytest.fixture(scope="session")
def cloud_plugins(machine: Path, aws_packages: Path) -> Path:
    """The folder of the provider packages, with the tests' own plugins installed for them."""
    for name in ("aws", "docker"):
        install_plugin(name, machine)
    return aws_packages


@pytest.fixture
def cloud(machine: Path, cloud_plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudStack]:
    """A stack on an empty account; destroying it leaves the account empty."""
    moto_patches.patch()
    moto_patches.FATE.forget()
    monkeypatch.setenv("PYTHONPATH", str(cloud_plugins))
    with aws_on_loopback(monkeypatch):
        before = everything()
        project = project_name()
        stack = CloudStack(machine / project, project)
        yield stack
        try:
            stack.destroy()
        except Failed:
            stack.run("cancel", "--yes")
            stack.destroy()
        assert everything() == before
