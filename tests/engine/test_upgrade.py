"""An upgrade of the SDK replaces and deletes nothing in a stack that an earlier version stood up.

Each recorded state is imported, the same program declared, and the preview says what the code of today would do. What
that updates in place is listed here, resource by resource: a line that has to be added is a change for everybody who
upgrades, and belongs into the changelog.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws import aws_on_loopback

from engine.recorded import STATES, RecordedStack, recorded_stack

Steps = set[tuple[str, str]]

RECORDED = sorted((path.parent.name, path.stem) for path in STATES.glob("*/*.json"))

UPDATED: dict[tuple[str, str], Steps] = {}
"""What an upgrade updates in place, by version and state; nothing where nothing is said."""

SERVER: Steps = {("update", "shop-server")}


def _image(*variants: str) -> Steps:
    """What a new release does on SageMaker, by the prefixes of the variants' children."""
    updated = ["shop-endpoint", *(f"{variant}-{role}" for variant in variants for role in ("image-tag", "image"))]
    replaced = ["shop-config", *(f"{variant}-model" for variant in variants)]
    return {*(("update", name) for name in updated), *(("replace", name) for name in replaced)}


NEW_RELEASE: dict[str, Steps] = {
    "local-managed": SERVER,
    "local-self-hosted": SERVER,
    "shadow": _image("shop", "shop-shadow"),
    "variants": _image("shop", "shop-challenger"),
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
    steps = {(step["op"], step["urn"].rpartition("::")[2]) for step in planned}
    expected = UPDATED.get((version, name), set())
    if _serves_a_new_release(planned):
        expected = expected | NEW_RELEASE[name]
    assert steps == expected


def _serves_a_new_release(planned: list[dict[str, Any]]) -> bool:
    """Whether what serves is another release than the recorded one; the bundle is the same one, and has to stay it."""
    for step in planned:
        if step["urn"].rpartition("::")[2] in ("shop-endpoint", "shop-server"):
            before, after = step["oldState"]["inputs"], step["newState"]["inputs"]
            assert after.get("bundle") == before.get("bundle")
            return bool(after["release"] != before["release"])
    return False
