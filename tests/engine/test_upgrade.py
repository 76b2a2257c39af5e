"""An upgrade of the SDK replaces and deletes nothing in a stack that an earlier version stood up.

Each recorded state is imported, the same program declared, and the preview says what the code of today would do. What
that updates in place is listed here, resource by resource: a line that has to be added is a change for everybody who
upgrades, and belongs into the changelog.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dill
import pytest
from loopback import aws_on_loopback
from pulumi.dynamic import ResourceProvider

from engine.recorded import STATES, RecordedStack, recorded_stack

Steps = dict[str, set[str]]
"""The operation and the resource's name, and which of its inputs differ."""

RECORDED = sorted((path.parent.name, path.stem) for path in STATES.glob("*/*.json"))

UPDATED: dict[str, Steps] = {"0.1.0": {"update shop": {"target"}}}
"""What an upgrade updates in place, by version: since 0.1.0 the component records its target too."""

UPDATED_OF: dict[tuple[str, str], Steps] = {("0.1.0", "local-self-hosted"): {"update shop": {"access", "runtime"}}}
"""What it updates beside that in one of the recorded stacks: a self-hosted endpoint records who reaches it, and on what
it runs."""


def _image(other: str, *of_config: str) -> Steps:
    """What a new release does on SageMaker, to the children of the main variant and of another one."""
    steps = {
        "replace shop-config": {"name", "productionVariants", "tags", *of_config},
        "update shop-endpoint": {"config", "release", "tags"},
    }
    for variant in ("shop", f"shop-{other}"):
        steps[f"update {variant}-image-tag"] = {"build"}
        steps[f"update {variant}-image"] = {"build", "imageName"}
        steps[f"replace {variant}-model"] = {"name", "primaryContainer", "tags"}
    return steps


SERVER: Steps = {"update shop-server": {"release"}}

NEW_RELEASE: dict[str, Steps] = {
    "local-managed": SERVER,
    "local-self-hosted": SERVER,
    "shadow": _image("shadow", "shadowProductionVariants"),
    "variants": _image("challenger"),
}
"""What happens beside it where the serving runtime has changed: the same bundle is another release.

On SageMaker that is an image, and a model and a configuration beside the old ones, which are kept.
"""


@pytest.fixture(params=RECORDED, ids="-".join)
def recorded(request: pytest.FixtureRequest, machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedStack]:
    """A stack in the recorded state, with the recorded program."""
    version, name = request.param
    monkeypatch.setenv("TOKEN", "of this machine")
    with recorded_stack(machine, version, name) as stack:
        stack.restore()
        if name.startswith("local"):
            yield stack
            return
        monkeypatch.setenv("PYTHONPATH", str(request.getfixturevalue("cloud_plugins")))
        with aws_on_loopback(monkeypatch):
            yield stack


def test_an_upgrade_replaces_nothing(recorded: RecordedStack) -> None:
    version, name = recorded.recorded.parts[-2:]
    planned = recorded.planned_steps()
    expected = _merged(UPDATED.get(version, {}), UPDATED_OF.get((version, name), {}))
    if _serves_a_new_release(planned):
        expected = _merged(expected, NEW_RELEASE[name])
        kept = [step["oldState"] for step in planned if step["op"] == "replace"]
        assert all(state["retainOnDelete"] for state in kept)
    assert {f"{step['op']} {_name(step)}": _differing(step) for step in planned} == expected


def _merged(one: Steps, other: Steps) -> Steps:
    return {step: one.get(step, set()) | other.get(step, set()) for step in one.keys() | other.keys()}


def _serves_a_new_release(planned: list[dict[str, Any]]) -> bool:
    """Whether what serves is another release than the recorded one; the bundle is the same one, and has to stay it."""
    for step in planned:
        if _name(step) in ("shop-endpoint", "shop-server") and step["op"] == "update":
            before, after = step["oldState"]["inputs"], step["newState"]["inputs"]
            assert after.get("bundle") == before.get("bundle")
            return bool(after["release"] != before["release"])
    return False


def _name(step: dict[str, Any]) -> str:
    return str(step["urn"].rpartition("::")[2])


def _differing(step: dict[str, Any]) -> set[str]:
    """The inputs that differ, without the provider's path, which any update writes anew where it has moved."""
    before, after = (step.get(state, {}).get("inputs", {}) for state in ("oldState", "newState"))
    return {name for name in (before.keys() | after.keys()) - {"__provider"} if before.get(name) != after.get(name)}


@pytest.mark.parametrize(("version", "name"), RECORDED)
def test_the_providers_that_a_state_names_are_there(version: str, name: str) -> None:
    """`refresh` and `destroy` load the provider that the state's outputs name, which no preview does; and an `up` that
    finds nothing to do leaves it there. So the name of a provider's module is for ever."""
    state = json.loads((STATES / version / f"{name}.json").read_text())
    named = [resource.get("outputs", {}).get("__provider") for resource in state["deployment"]["resources"]]
    assert any(named)
    for reference in filter(None, named):
        loaded = dill.loads(base64.b64decode(reference))  # noqa: S301 - recorded here
        assert isinstance(loaded, ResourceProvider)
