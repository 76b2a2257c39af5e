"""What the tests share: a machine of their own, built Bentos, and variants of them."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import parallel
import psutil
import pytest
from benchmarks.machine import machine as isolated_machine
from benchmarks.providers import packages
from engine.stack import Failed, Stack

from modelberth_platform.bundle.build import build

BENTOS = Path(__file__).parent / "bentos"
ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew, to be read in the diff")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> parallel.Scheduler:
    return parallel.Scheduler(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        parallel.arrange(items)


@pytest.fixture(scope="session", autouse=True)
def machine() -> Iterator[Path]:
    """State, cache and Bento store of a machine that nothing runs on; nothing may run on it afterwards."""
    with isolated_machine() as root:
        yield root
        left = living_below(root)
        for process in left:
            process.kill()
        assert not left, f"the tests left processes running: {left}"


def living_below(root: Path) -> list[psutil.Process]:
    """Processes that were started for an endpoint of the test machine and are no zombies."""
    found = []
    for process in psutil.process_iter():
        try:
            directory = process.environ().get("MODELBERTH_DIRECTORY", "")
            if directory.startswith(str(root)) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture(scope="session")
def echo(machine: Path) -> Path:
    """The built Bento `echo`, in the Bento store of the test machine."""
    return build(BENTOS / "echo").bundle.folder


@pytest.fixture(scope="session")
def single(machine: Path) -> Path:
    """The built Bento `single`."""
    return build(BENTOS / "single").bundle.folder


@pytest.fixture(scope="session")
def aws_packages() -> Path:
    """The folder of the AWS target's provider packages, importable in this process too."""
    folder = packages()
    sys.path.append(str(folder))
    return folder


@pytest.fixture
def event_loop() -> Iterator[None]:
    """An event loop, as pulumi's Outputs need one that are made outside of a program."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop_policy(None)  # as if none had been set: Pulumi's mocks ask for one that is made when wanted


@pytest.fixture
def program_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, as that of a Pulumi program."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


Variant = Callable[..., Path]


@pytest.fixture
def variant(echo: Path, tmp_path: Path) -> Variant:
    """Make another build of `echo`, its service changed: a copy of the built Bento outside of the store."""

    def make(name: str, old: str = 'RELEASE = "one"', new: str | None = None) -> Path:
        folder = tmp_path / f"echo-{name}"
        shutil.copytree(echo, folder)
        service = folder / "src" / "service.py"
        text = service.read_text()
        assert old in text
        service.write_text(text.replace(old, new if new is not None else f'RELEASE = "{name}"'))
        return folder

    return make


@pytest.fixture(scope="session")
def digits_and_tumor(machine: Path) -> dict[str, str]:
    """The bundles of the platform's own services, trained and built; as the pins of a stack."""
    built = {name: build(ROOT / "services" / name) for name in ("digits", "tumor")}
    return {name: result.tag for name, result in built.items()}


_projects = (f"shop{secrets.token_hex(3)}n{number}" for number in itertools.count())


def project_name() -> str:
    """A name that no other project has, of this run or another: the registry on loopback is every run's."""
    return next(_projects)


@pytest.fixture
def stack(machine: Path) -> Iterator[Stack]:
    """A fresh stack; what it runs is destroyed afterwards."""
    assert shutil.which("pulumi"), "the Pulumi CLI is not on PATH; run the tests with make test"
    project = project_name()
    stack = Stack(machine / project, project)
    yield stack
    try:
        stack.destroy()
    except Failed:
        stack.run("cancel", "--yes")
        stack.destroy()
