"""Commands that are killed on the way to an endpoint on Lambda, and functions that no state knows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.cloud import FunctionStack, client, everything
from engine.cloud import image_elsewhere as image
from engine.fate import FATE, lasting
from engine.functions import (
    CANARY,
    QUICK,
    alarm,
    function_names,
    image_in_service,
    looks,
    ring,
    version,
    weights,
)
from engine.stack import Failed, eventually


def test_a_creation_that_is_killed_is_taken_up_again(function: FunctionStack) -> None:
    """Killed while Lambda prepares the function: the engine does not know of it."""
    function.arguments(image=image(1), **QUICK)
    with lasting(200):
        function.kill_during("up", "--yes", "--skip-preview", when=lambda: bool(function_names()), mark="creation")
    orphans = function_names()
    assert len(orphans) == 1
    function.run("cancel", "--yes")
    function.deploy()
    assert len(function_names()) == 1, "the next one makes its own, and deletes what nobody knows"
    assert function_names() != orphans
    assert image_in_service() == image(1)
    assert function.planned() == {}


def test_a_killed_creation_leaves_nothing_after_a_destroy(function: FunctionStack) -> None:
    function.arguments(image=image(1), **QUICK)
    with lasting(200):
        function.kill_during("up", "--yes", "--skip-preview", when=lambda: bool(function_names()), mark="destroyed")
    function.run("cancel", "--yes")
    function.destroy()
    assert everything() == {}


def test_an_update_that_is_killed_between_two_versions_is_taken_up_again(function: FunctionStack) -> None:
    long = {"rollout": {**CANARY["rollout"], "bake_seconds": 600}}
    function.deploy(image=image(1), **long)
    function.arguments(image=image(2), **long)
    function.kill_during("up", "--yes", "--skip-preview", when=lambda: bool(weights()), mark="update")
    assert (version(), weights()) == ("1", {"2": 0.1}), "both go on serving"
    function.run("cancel", "--yes")
    assert function.planned()["shop-release"] == "update"
    function.deploy(image=image(2), **CANARY)
    assert (version(), weights(), image_in_service()) == ("2", {}, image(2))
    assert function.planned() == {}


def test_a_version_that_was_moved_to_and_not_judged_is_judged_by_the_next_up(function: FunctionStack) -> None:
    """Killed while the alarms were watched after all requests had moved."""
    function.deploy(image=image(1), rollout={"bake_seconds": 600})
    function.arguments(image=image(2), rollout={"bake_seconds": 600})
    function.kill_during("up", "--yes", "--skip-preview", when=lambda: version() == "2", mark="judged")
    function.run("cancel", "--yes")
    assert function.state()["shop-release"]["outputs"]["version"] == "1", "nobody has said that version 2 is good"
    with ThreadPoolExecutor(1) as side:
        FATE.calls.clear()
        update = side.submit(function.deploy, image=image(2), rollout={"bake_seconds": 5})
        eventually(lambda: looks() >= 2 or update.done(), poll=0.02)  # before it begins, and when it has
        ring(alarm(function))
        with pytest.raises(Failed, match="version 2 got 100% of the requests, and an alarm rang"):
            update.result()
    assert (version(), image_in_service()) == ("1", image(1))


def test_functions_of_another_state_are_left_alone(function: FunctionStack) -> None:
    """The same project and stack in another backend, whose function bears another mark."""
    function.deploy(image=image(1), **QUICK)
    (own,) = function_names()
    lambda_, role = client("lambda"), client("lambda").get_function(FunctionName=own)["Configuration"]["Role"]
    tags = {**client("lambda").get_function(FunctionName=own)["Tags"], "modelberth:functions": "of another state"}
    theirs: dict[str, Any] = {"FunctionName": "shop-function-7654321", "Role": role, "PackageType": "Image"}
    lambda_.create_function(**theirs, Code={"ImageUri": image(1)}, Tags=tags)
    function.deploy(image=image(2), **QUICK)
    assert set(function_names()) == {own, "shop-function-7654321"}
    function.destroy()
    assert function_names() == ["shop-function-7654321"]
    lambda_.delete_function(FunctionName="shop-function-7654321")
