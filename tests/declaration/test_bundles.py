"""The bundles that a declaration names: from the stack's store, for every variant, with the API that it calls."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Variant
from mocks import LOCAL, declare

from modelberth import DeclarationError, ManagedEndpoint
from modelberth_platform.bundle import Bundle, BundleFacts, resolve
from modelberth_platform.bundle.remote import RemoteStore
from modelberth_platform.declaration.bundles import Bundles
from modelberth_platform.declaration.settings import StackSettings
from modelberth_platform.spec import ManagedEndpointSpec, SelfHostedEndpointSpec
from modelberth_platform.targets.registry import target_named

GOOD: Any = {"bundle": "echo", "api": "echo"}


def test_a_dict_says_what_keywords_say(echo: Path) -> None:
    arguments: Any = {**GOOD, "tags": {"team": "shop"}, "network": None}
    by_keywords, _ = declare(lambda: ManagedEndpoint("shop", **arguments))
    by_dict, _ = declare(lambda: ManagedEndpoint("shop", arguments))
    assert [child.inputs for child in by_dict.values()] == [child.inputs for child in by_keywords.values()]


@pytest.mark.parametrize(
    ("args", "keywords", "problem"),
    [
        ({"bundle": "echo"}, {"api": "echo"}, "arguments: are given as a dict and as keywords; use one of them"),
        ("echo", {}, "arguments: must be keywords or one dict; got str"),
    ],
)
def test_arguments_that_are_no_dict_or_two(args: Any, keywords: Any, problem: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        declare(lambda: ManagedEndpoint("shop", args, **keywords))
    assert [str(each) for each in caught.value.problems] == [problem]


def test_a_pinned_bundle_comes_from_the_store_of_the_stack(tmp_path: Path, variant: Variant) -> None:
    folder = variant("elsewhere")
    facts = resolve(str(folder)).facts
    url = str(tmp_path / "bundles")
    RemoteStore(url).push(folder, folder, facts)
    shutil.rmtree(folder)
    config = {**LOCAL, "modelberth:store": url, "modelberth:bundles": f'{{"shop": "echo@{facts.digest}"}}'}
    declared, _ = declare(lambda: ManagedEndpoint("shop", bundle="shop", api="echo"), config)
    assert declared["shop"].inputs["bundle"]["digest"] == facts.digest


def test_a_field_of_a_variant_that_there_is_not(echo: Path) -> None:
    variants: Any = {"b": {"bundle": "echo", "weight": 0.5, "flavour": "x"}}
    with pytest.raises(DeclarationError) as caught:
        declare(lambda: ManagedEndpoint("shop", **GOOD, variants=variants))
    (problem,) = caught.value.problems
    assert problem.field == "variants.b.flavour"
    assert problem.text.startswith("no such argument")


def without_apis() -> Bundle:
    """A bundle that nobody can call."""
    facts = BundleFacts(
        name="mute", version="1", digest="sha256:1", python=None, apis=(), models=(), packages={}, labels={}, size=1
    )
    return Bundle(Path("mute"), Path("mute"), facts)


def test_a_bundle_without_an_api() -> None:
    bundles = Bundles(None, None, None)
    assert bundles.api(None, without_apis(), {}) is None
    (problem,) = bundles.problems
    assert str(problem) == "bundle: the bundle 'mute' has no API; decorate a method with @bentoml.api"


def test_an_api_that_no_bundle_confirms_is_taken_as_it_is() -> None:
    bundles = Bundles(None, None, None)
    assert bundles.api("classify", None, {}) == "classify"
    assert bundles.api(None, None, {"b": without_apis()}) is None
    assert bundles.api(5, None, {}) is None
    assert bundles.problems == [], "other problems say what is wrong"


@pytest.mark.parametrize(
    ("reference", "floats"),
    [
        ("echo", True),
        ("echo:latest", True),
        ("echo:1.0", False),
        ("echo@sha256:0123456789ab", False),
        ("./echo", False),
        ("pinned", False),
        ("newest", True),
    ],
)
def test_what_floats(reference: str, floats: bool) -> None:
    settings = StackSettings(cloud="aws", bundles={"pinned": "echo:1.0", "newest": "echo:latest"})
    for target, expected in (("sagemaker", floats), ("local", False)):
        bundles = Bundles(settings, target_named(target), None)
        assert bundles.main(reference) is None or not expected
        told = [problem for problem in bundles.problems if "is not pinned" in problem.text]
        assert bool(told) == expected, target


def test_the_bundles_of_variants(echo: Path) -> None:
    variants = {"b": {"bundle": str(echo), "weight": 0.5}, "c": {"bundle": "nothing/at/all", "weight": 0.1}}
    arguments = {"variants": variants, "shadow": {"bundle": str(echo)}}
    spec = ManagedEndpointSpec.model_validate(arguments)
    bundles = Bundles(StackSettings(cloud="aws"), target_named("sagemaker"), None)
    assert bundles.variants(spec).keys() == {"b", "shadow"}
    assert [problem.field for problem in bundles.problems] == ["variants.c.bundle"]
    assert Bundles(StackSettings(cloud="local"), target_named("local"), None).variants(spec) == {}
    assert Bundles(None, None, None).variants(spec) == {}
    assert bundles.variants(None) == bundles.variants(SelfHostedEndpointSpec(runtime="ecs")) == {}
