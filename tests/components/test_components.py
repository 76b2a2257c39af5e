"""What the components declare: children, names, parents, recorded facts, outputs."""

from __future__ import annotations

import doctest
import os
from pathlib import Path
from typing import Any

import pulumi
import pytest
from conftest import Variant
from mocks import LOCAL, declare

import modelberth
from modelberth import ManagedEndpoint, SelfHostedEndpoint
from modelberth_platform.bundle import resolve

COMPONENTS: list[Any] = [ManagedEndpoint, SelfHostedEndpoint]


def arguments(component: Any) -> dict[str, Any]:
    extra = {"runtime": "ecs"} if component is SelfHostedEndpoint else {}
    return {"bundle": "echo", "api": "echo", **extra}


@pytest.mark.parametrize("component", COMPONENTS)
def test_children_are_named_after_the_component_and_belong_to_it(echo: Path, component: Any) -> None:
    declared, outputs = declare(lambda: component("shop", **arguments(component)))
    children = {name: child for name, child in declared.items() if child.custom}
    assert set(children) == {"shop-slot", "shop-server"}
    assert {child.parent for child in children.values()} == {outputs["urn"]}


@pytest.mark.parametrize("component", COMPONENTS)
def test_urns_are_contract(echo: Path, component: Any) -> None:
    """Another type or name would make an upgrade of modelberth replace what runs."""
    declared, outputs = declare(lambda: component("shop", **arguments(component)))
    kind = component.__name__
    assert outputs["urn"].endswith(f"modelberth:index:{kind}::shop")
    assert {name: child.type for name, child in declared.items() if child.custom} == {
        "shop-slot": "pulumi-python:dynamic/modelberth:Slot",
        "shop-server": "pulumi-python:dynamic/modelberth:Server",
    }


def test_outputs(echo: Path) -> None:
    _, outputs = declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo"))
    facts = resolve("echo").facts
    assert outputs["url"] == "http://127.0.0.1:20000/invocations"
    assert outputs["base_url"] == "http://127.0.0.1:20000"
    assert outputs["endpoint_name"] == "shop-shop-dev"
    assert outputs["bundle"] == {"name": "echo", "version": facts.version, "digest": facts.digest}
    assert outputs["release"].startswith("sha256:")
    assert outputs["logs_url"] == "file:///state/endpoint/logs/endpoint.log"
    assert outputs["arn"] is None


def test_the_facts_are_recorded_on_the_component_and_on_the_last_child(echo: Path) -> None:
    declared, _ = declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo", scaling={"min": 2}))
    recorded = declared["shop"].inputs
    facts = resolve("echo").facts
    assert recorded["bundle"]["digest"] == facts.digest
    assert recorded["bundle"]["apis"]["echo"] == f"/echo (schema {facts.api('echo').schema_hash})"
    assert recorded["bundle"]["packages"].keys() == {"bentoml"}
    assert recorded["bundle"]["labels"] == {"owner": "tests"}
    assert recorded["scaling"]["max"] == 2
    assert recorded["rollout"] == {"strategy": "all-at-once", "bake_seconds": 300, "keep_previous": 2}
    assert recorded["kind"] == "serverless"
    assert declared["shop-server"].inputs["bundle"] == recorded["bundle"]


def test_nothing_that_a_rebuild_changes_is_recorded(echo: Path, variant: Variant) -> None:
    """The same content in another folder has another path and is another build."""
    copy = str(variant("copy", new='RELEASE = "one"'))
    original, _ = declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo"))
    copied, _ = declare(lambda: ManagedEndpoint("shop", bundle=copy, api="echo"))
    inputs = [{name: child.inputs for name, child in declared.items()} for declared in (original, copied)]
    assert inputs[0] == inputs[1]


def test_arguments_reach_the_server_and_the_others_are_named(echo: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    declared, _ = declare(
        lambda: SelfHostedEndpoint(
            "shop",
            bundle="echo",
            api="echo",
            runtime="ecs",
            cpu=1,
            scaling={"min": 3, "max": 5},
            timeout_seconds=7,
            env={"MODE": "strict"},
            tags={"team": "a"},
        )
    )
    server = declared["shop-server"].inputs
    assert (server["workers"], server["timeout_seconds"]) == (3, 7)
    assert (server["env"], server["tags"]) == ({"MODE": "strict"}, {"team": "a"})
    assert "recorded for the clouds, without effect here: cpu, runtime, scaling.max" in caplog.text


def test_no_replica_still_means_one_worker_here(echo: Path) -> None:
    declared, _ = declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo", scaling={"min": 0}))
    assert declared["shop-server"].inputs["workers"] == 1


def test_a_secret_is_declared_by_reference_only(echo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    declared, _ = declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo", secrets={"TOKEN": "arn:x"}))
    assert declared["shop-server"].inputs["secrets"] == {"TOKEN": "arn:x"}
    assert "hunter2" not in str([child.inputs for child in declared.values()])


def test_the_only_api_needs_no_name(single: Path) -> None:
    declared, _ = declare(lambda: ManagedEndpoint("shop", bundle="single"))
    assert declared["shop-server"].inputs["api"] == "double"


def test_a_port_comes_from_the_stack(echo: Path) -> None:
    config = {**LOCAL, "modelberth:ports": '{"shop": 8123}'}
    declared, _ = declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo"), config)
    assert declared["shop-slot"].inputs["port"] == 8123


def test_transforms_reach_every_child(echo: Path) -> None:
    names = []

    def note(args: pulumi.ResourceTransformationArgs) -> None:
        names.append(args.name)

    opts = pulumi.ResourceOptions(transformations=[note])
    declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo", opts=opts))
    assert {"shop-slot", "shop-server"} <= set(names)


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_examples_of_the_docstring(
    component: Any, monkeypatch: pytest.MonkeyPatch, single: Path, digits_and_tumor: dict[str, str]
) -> None:
    config = {**LOCAL, "modelberth:bundles": str(digits_and_tumor).replace("'", '"')}
    monkeypatch.setattr(os, "environ", os.environ.copy())
    (documented,) = doctest.DocTestFinder(recurse=False).find(component, component.__name__)
    source = "".join(example.source for example in documented.examples)
    assert source.count(f"{component.__name__}(") >= 3
    declared, _ = declare(lambda: exec(source, {"pulumi": pulumi, "os": os, component.__name__: component}), config)
    assert {"tumor", "tumor-slot", "tumor-server", "digits", "digits-slot", "digits-server"} == set(declared)


def test_the_package_gives_what_it_names() -> None:
    for name in modelberth.__all__:
        assert getattr(modelberth, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Endpont'"):
        _ = modelberth.Endpont
