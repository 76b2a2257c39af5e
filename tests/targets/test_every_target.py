"""What every target must do: whoever adds one adds its declarations to `declarations.py`, and passes these tests."""

from __future__ import annotations

import inspect
import tomllib
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from declarations import BY_TARGET, Declaration
from mocks import Declared, declare

from modelberth import DeclarationError
from modelberth_platform.errors import UserError
from modelberth_platform.planned import Child, PlannedEndpoint
from modelberth_platform.targets.registry import TARGETS, target_of
from modelberth_platform.targets.served import ServedEndpoint
from modelberth_platform.targets.target import Target

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")

each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
each_declaration = pytest.mark.parametrize(
    ("target", "declaration"),
    [
        pytest.param(target, declaration, id=f"{target.name}-{name}")
        for target in TARGETS
        for name, declaration in BY_TARGET[target.name].items()
    ],
)


def stood_up(declaration: Declaration, echo: Path) -> tuple[dict[str, Declared], dict[str, Any], str]:
    """The children, the component's outputs, and the component's name."""
    declared, outputs = declare(lambda: declaration.program(echo), declaration.config, declaration.stack)
    return {name: child for name, child in declared.items() if child.custom}, outputs, declaration.name


@each_target
def test_its_name_leads_to_its_parts(target: Target) -> None:
    assert import_module(f"modelberth_platform.targets.{target.name}.target").TARGET is target
    assert callable(import_module(f"modelberth.targets.{target.name}").stand_up)
    assert (ROOT / "docs" / f"{target.name}.md").is_file()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert target.extra is None or target.extra in extras


@each_target
def test_what_it_serves_leads_to_it_and_to_no_other(target: Target) -> None:
    components = [target.component] if target.component else ["ManagedEndpoint", "SelfHostedEndpoint"]
    for component in components:
        assert target_of(target.cloud, component, target.runtime) is target
        serving = [each for each in TARGETS if each.cloud == target.cloud and each.serves(component, target.runtime)]
        assert serving == [target], "two targets of one cloud would serve the same declaration"


@each_declaration
def test_the_children_are_the_components_own(target: Target, declaration: Declaration, echo: Path) -> None:
    children, outputs, name = stood_up(declaration, echo)
    assert children
    for child_name, child in children.items():
        assert child_name.startswith(f"{name}-"), child_name
        assert child.parent == outputs["urn"], child_name


@each_declaration
def test_what_takes_tags_says_whose_it_is(target: Target, declaration: Declaration, echo: Path) -> None:
    children, _, name = stood_up(declaration, echo)
    declared_tags = {key: value for key, value in declaration.arguments.get("tags", {}).items() if key != "team"}
    for child_name, child in children.items():
        if _takes_tags(child.type):
            assert child.inputs["tags"]["modelberth:name"] == name, child_name
            assert child.inputs["tags"]["modelberth:stack"] == f"shop/{declaration.stack}", child_name
            assert declared_tags.items() <= child.inputs["tags"].items(), child_name


def _takes_tags(kind: str) -> bool:
    """Whether a resource of a cloud's provider package has tags."""
    package, module, name = kind.split(":")
    if package == "pulumi-python":
        return False
    module = module.partition("/")[0]
    module += "_" if iskeyword(module) else ""
    found = import_module(f"pulumi_{package}" if module == "index" else f"pulumi_{package}.{module}")
    return "tags" in inspect.signature(getattr(found, name)._internal_init).parameters


@each_declaration
def test_the_outputs_are_complete(target: Target, declaration: Declaration, echo: Path) -> None:
    _, outputs, _ = stood_up(declaration, echo)
    assert outputs["url"].startswith(("https://", "http://127.0.0.1:"))
    assert outputs["base_url"] is None or outputs["url"].startswith(outputs["base_url"])
    assert outputs["endpoint_name"]
    assert outputs["release"].startswith("sha256:")
    assert "://" in outputs["logs_url"]
    if "image" not in declaration.arguments:
        assert outputs["bundle"].keys() == {"name", "version", "digest"}
    if target.remote:
        assert outputs["arn"]
        assert outputs["role_arn"]


@each_declaration
def test_the_last_child_says_what_serves(target: Target, declaration: Declaration, echo: Path) -> None:
    declared, outputs = declare(lambda: declaration.program(echo), declaration.config, declaration.stack)
    (last,) = (child for child in declared.values() if child.type.endswith(target.last_child))
    component = next(child for child in declared.values() if not child.custom)
    assert last.inputs["release"] == outputs["release"]
    assert last.inputs.get("bundle") == component.inputs.get("bundle")
    state = {**last.inputs, "arn": outputs["arn"]}
    served = ServedEndpoint("shop", "shop", "dev", target.name, component.inputs, state, {}, {})
    assert target.url(served) == outputs["url"], "a stack's state leads to the same URL as the output"
    assert component.inputs["target"] == target.name


@each_declaration
def test_an_update_is_told_in_words_that_a_preview_shows_whole(
    target: Target, declaration: Declaration, echo: Path
) -> None:
    declared, _ = declare(lambda: declaration.program(echo), declaration.config, declaration.stack)
    component = next(child for child in declared.values() if not child.custom)
    words = component.inputs.get("update", "")
    assert len(words) <= 150
    assert bool(words) == target.remote


@each_declaration
def test_whoever_deploys_it_knows_what_that_needs(target: Target, declaration: Declaration, echo: Path) -> None:
    children, _, name = stood_up(declaration, echo)
    planned = PlannedEndpoint(name, {}, tuple(Child(each.type, key, each.inputs) for key, each in children.items()))
    statements = target.permissions(planned, declaration.config)  # raises for a child that no statement covers
    assert bool(statements) == target.remote
    unknown = PlannedEndpoint(name, {}, (Child("other:index:Thing", f"{name}-thing"),))
    if target.remote:
        with pytest.raises(UserError, match="-thing needs is not known: it is other:index:Thing"):
            target.permissions(unknown, declaration.config)


@each_target
def test_all_problems_come_in_one_error(target: Target, echo: Path) -> None:
    declaration = next(iter(BY_TARGET[target.name].values()))
    arguments = {
        **{key: value for key, value in declaration.arguments.items() if key == "runtime"},
        "bundle": "nothing-of-that-name:1",
        "scaling": {"min": "two"},
        "instance_typo": "x",
        "env": {"1ST": "x"},
    }
    with pytest.raises(DeclarationError) as caught:
        declare(lambda: declaration.component("shop", **arguments), declaration.config)
    told = {problem.field for problem in caught.value.problems}
    assert told == {"bundle", "scaling.min", "instance_typo", "env.1ST"}


@each_target
def test_it_takes_no_address_of_others(target: Target) -> None:
    assert target.client("https://example.com/invocations", 1, None) is None
    assert target.client("https://example.com/invocations", 1, "token") is None


@each_target
def test_what_it_refuses_or_limits_is_told_with_what_comes_nearest(target: Target) -> None:
    for path, refusal in target.support.refused.items():
        assert refusal.reason, path
        assert refusal.nearest, path
