"""The modules whose paths states record. A class that moves would be lost to every stack that has one of it."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

from conftest import ROOT

from modelberth_platform.providers.base import Provider

CONTRACT = {
    "modelberth_platform.aws.resources": {"TagProvider"},
    "modelberth_platform.targets.aws_lambda.resources": {"FunctionsProvider", "ReleaseProvider"},
    "modelberth_platform.targets.local.resources": {"SlotProvider", "ServerProvider"},
    "modelberth_platform.targets.sagemaker.resources": {"EndpointProvider", "ReleasesProvider"},
}

OF_EARLIER_VERSIONS = {
    "modelberth_platform.local.resources": {"SlotProvider", "ServerProvider"},
    "modelberth_platform.sagemaker.resources": {"EndpointProvider", "ReleasesProvider", "TagProvider"},
}
"""Where states of 0.1.0 look for them, which are refreshed and destroyed before anything is updated."""


def test_the_recorded_classes_are_where_states_say() -> None:
    for module, names in CONTRACT.items():
        defined = {
            name
            for name, value in inspect.getmembers(import_module(module), inspect.isclass)
            if issubclass(value, Provider) and value.__module__ == module
        }
        assert defined == names


def test_earlier_paths_lead_to_the_classes_of_today() -> None:
    today = {getattr(import_module(module), name) for module, names in CONTRACT.items() for name in names}
    for module, names in OF_EARLIER_VERSIONS.items():
        assert {getattr(import_module(module), name) for name in names} <= today
        assert set(import_module(module).__all__) == names


def path_of(module: str) -> Path:
    return (ROOT / "platform" / module.replace(".", "/")).with_suffix(".py")


def test_every_module_of_resources_is_listed_and_says_that_its_path_is_contract() -> None:
    early = {path_of(module) for module in OF_EARLIER_VERSIONS}
    files = set((ROOT / "platform" / "modelberth_platform").rglob("resources.py")) - early
    modules = {".".join(path.relative_to(ROOT / "platform").with_suffix("").parts): path for path in files}
    assert modules.keys() == CONTRACT.keys()
    for path in files:
        assert "States record this module's path: it is contract." in path.read_text().partition('"""\n')[0]
