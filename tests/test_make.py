"""The commands of the Makefile, as a newcomer types them."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import setup_providers
import setup_support
import setup_uv


def make(*arguments: str) -> str:
    result = subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_up_twice_and_down(machine: Path) -> None:
    first = make("up", "SERVICE=services/tumor")
    assert '"diagnosis": "malignant"' in first
    assert "http://127.0.0.1:" in first
    assert first.count("[done, ") == 5
    again = make("up", "SERVICE=services/tumor")
    assert "unchanged tumor" in again
    assert "4 unchanged" in again
    assert "4 deleted" in make("down", "SERVICE=services/tumor")
    status = subprocess.run(
        ["git", "status", "--porcelain", "services"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Pulumi.dev.yaml" not in status.stdout


def test_up_of_what_is_no_service() -> None:
    result = subprocess.run(["make", "up", "SERVICE=docs"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "holds no Pulumi.yaml" in result.stderr


def test_the_environment_of_a_shell() -> None:
    script = 'set -eu; lines="$(make -s env)"; eval "$lines"; command -v python uv pulumi modelberth bentoml'
    result = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[0] == str(ROOT / ".venv" / "bin" / "python")
    assert len(result.stdout.splitlines()) == 5


def test_the_provider_packages_are_the_locked_ones_and_not_in_the_environment(aws_packages: Path) -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    wanted = {item["name"]: item["version"] for item in locked if item["name"] in setup_providers.PACKAGES}
    assert _installed(aws_packages) == wanted
    assert not _installed(Path(sysconfig.get_path("purelib"))).keys() & wanted.keys()


def _installed(folder: Path) -> dict[str, str]:
    return {item.name.replace("_", "-"): item.version for item in distributions(path=[str(folder)])}


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "tool"
    with pytest.raises(RuntimeError), setup_support.filled_once(folder) as filling:
        assert filling is not None
        (filling / "half").touch()
        raise RuntimeError
    assert not folder.exists()
    with setup_support.filled_once(folder) as filling:
        assert filling is not None
        (filling / "whole").touch()
    assert [path.name for path in folder.iterdir()] == ["whole"]
    with setup_support.filled_once(folder) as filling:
        assert filling is None


def test_uv_is_installed_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(setup_uv.shutil, "which", lambda _: None)
    uv = setup_uv.ensure_uv()
    said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True).stdout
    assert setup_uv.PINNED in said
    assert uv.is_relative_to(tmp_path)


def test_what_fails_says_so_with_its_last_lines() -> None:
    with pytest.raises(setup_support.SetupError, match="could not count: .*\nno numbers"):
        setup_support.run(["sh", "-c", "echo no numbers >&2; exit 3"], "could not count")


@pytest.mark.parametrize(("said", "version"), [("v3.250.0\n", (3, 250, 0)), ("go version go1.26 x", (1, 26, 0))])
def test_versions(said: str, version: tuple[int, ...], tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\nprintf '{said}'\n")
    tool.chmod(0o755)
    assert setup_support.version_of([str(tool)]) == version
    assert setup_support.version_of([str(tmp_path / "missing")]) is None
