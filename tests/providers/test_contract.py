"""The modules whose paths states record. A class that moves would be lost to every stack that has one of it."""

from __future__ import annotations

import inspect
from importlib import import_module

from conftest import ROOT

from modelberth_platform.providers.base import Provider

CONTRACT = {
    "modelberth_platform.aws.resources": {"TagProvider"},
    "modelberth_platform.targets.local.resources": {"SlotProvider", "ServerProvider"},
    "modelberth_platform.targets.sagemaker.resources": {"EndpointProvider", "ReleasesProvider"},
}


def test_the_recorded_classes_are_where_states_say() -> None:
    for module, names in CONTRACT.items():
        defined = {
            name
            for name, value in inspect.getmembers(import_module(module), inspect.isclass)
            if issubclass(value, Provider) and value.__module__ == module
        }
        assert defined == names


def test_every_module_of_resources_is_listed_and_says_that_its_path_is_contract() -> None:
    files = list((ROOT / "platform" / "modelberth_platform").rglob("resources.py"))
    modules = {".".join(path.relative_to(ROOT / "platform").with_suffix("").parts): path for path in files}
    assert modules.keys() == CONTRACT.keys()
    for path in files:
        assert "States record this module's path: it is contract." in path.read_text().partition('"""\n')[0]
