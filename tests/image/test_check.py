"""Images tried out on a real container engine under Lambda's rules for an init."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from conftest import Variant

from image.conftest import ContainerEngine
from modelberth_platform.bundle import resolve
from modelberth_platform.checks import Check
from modelberth_platform.image.check import check_image
from modelberth_platform.image.rules import RULES


def start(image: str, **options: float) -> Check:
    checks = {check.name: check for check in check_image(image, "lambda", api="text", **options)}
    assert checks["manifest"].outcome == "ok"
    return checks["start"]


def seconds(check: Check) -> float:
    return float(check.found.partition(" s, ")[0])


def test_less_memory_is_a_longer_init(kinds_image: str) -> None:
    little, much = start(kinds_image, memory_mb=384), start(kinds_image, memory_mb=1536)
    assert "0.21 vCPU for 384 MB" in little.found
    assert "0.86 vCPU for 1536 MB" in much.found
    assert seconds(little) > seconds(much)


def test_a_late_init_is_tried_on_a_whole_cpu_too(kinds_image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "lambda", dataclasses.replace(RULES["lambda"], start_seconds=0.01))
    check = start(kinds_image, memory_mb=1024)
    assert check.outcome == "warning"
    assert "begins it anew within the first request, whose answer then takes about" in check.found
    assert "On a whole vCPU, which AWS's guides but not its documentation give to a first init, it takes" in check.found
    assert start(kinds_image, memory_mb=1024, timeout_seconds=0.1).outcome == "refused"


def test_an_init_that_fails(echo: Path, variant: Variant, container_engine: ContainerEngine, tmp_path: Path) -> None:
    folder = variant("broken", "self.release_name = RELEASE", 'raise OSError("no weights here")')
    image = container_engine.build(resolve(str(folder)), tmp_path)[1]
    check = next(check for check in check_image(image, "lambda", api="echo") if check.name == "start")
    assert check.outcome == "refused"
    assert check.found.startswith("it ended with exit code 1: ")
