"""Fixtures for the tests on the real engine: the tests' own provider plugins, and a stack on an empty account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from benchmarks.providers import install_plugin
from conftest import project_name
from loopback import aws_on_loopback

from engine import moto_patches
from engine.cloud import CloudStack, FunctionStack, everything
from engine.stack import Failed


@pytest.fixture(scope="session")
def cloud_plugins(machine: Path, aws_packages: Path) -> Path:
    """The folder of the provider packages, with the tests' own plugins installed for them."""
    for name in ("aws", "docker"):
        install_plugin(name, machine)
    return aws_packages


@pytest.fixture
def cloud(machine: Path, cloud_plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudStack]:
    """A stack with an endpoint on SageMaker, on an empty account; destroying it leaves the account empty."""
    with _on_an_empty_account(CloudStack, machine, cloud_plugins, monkeypatch) as stack:
        yield stack


@pytest.fixture
def function(machine: Path, cloud_plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FunctionStack]:
    """The same with an endpoint on Lambda."""
    with _on_an_empty_account(FunctionStack, machine, cloud_plugins, monkeypatch) as stack:
        yield stack


S = TypeVar("S", bound=CloudStack)


@contextmanager
def _on_an_empty_account(
    kind: type[S], machine: Path, cloud_plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[S]:
    moto_patches.patch()
    moto_patches.FATE.forget()
    monkeypatch.setenv("PYTHONPATH", str(cloud_plugins))
    with aws_on_loopback(monkeypatch):
        before = everything()
        project = project_name()
        stack = kind(machine / project, project)
        yield stack
        try:
            stack.destroy()
        except Failed:
            stack.run("cancel", "--yes")
            stack.destroy()
        assert everything() == before
