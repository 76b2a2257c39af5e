"""Every problem of a declaration, all at once, in words that name the argument and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from mocks import LOCAL, declare

from modelberth import DeclarationError, ManagedEndpoint, SelfHostedEndpoint

ManagedArguments = Mapping[str, Any]
GOOD = {"bundle": "echo", "api": "echo"}


def problems(component: Any, config: Mapping[str, str] = LOCAL, **arguments: Any) -> dict[str, str]:
    """The texts of the declaration's problems, by field; the message must have them all and no traceback."""
    with pytest.raises(DeclarationError) as caught:
        declare(lambda: component("shop", **arguments), config)
    assert isinstance(caught.value, pulumi.RunError), "Pulumi prints a RunError without a traceback"
    assert "Traceback" not in str(caught.value)
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
    return {problem.field: problem.text for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("arguments", "field", "message"),
    [
        ({**GOOD, "scalling": {"min": 1}}, "scalling", "did you mean scaling?"),
        ({**GOOD, "scaling": {"mni": 1}}, "scaling.mni", "did you mean min?"),
        ({**GOOD, "flavour": "x"}, "flavour", "no such argument; there are "),
        ({**GOOD, "scaling": {"min": "two"}}, "scaling.min", "valid integer; got 'two'"),
        ({**GOOD, "scaling": {"min": -1}}, "scaling.min", "greater than or equal to 0; got -1"),
        ({**GOOD, "scaling": {"min": True}}, "scaling.min", "valid integer; got True"),
        ({**GOOD, "scaling": {"min": 3, "max": 2}}, "scaling", "max is 2, below min, which is 3"),
        (
            {**GOOD, "scaling": {"metric": "vibes"}},
            "scaling.metric",
            "'cpu_percent' or 'backlog'",
        ),
        ({**GOOD, "scaling": 3}, "scaling", "got 3"),
        ({**GOOD, "rollout": {"strategy": "yolo"}}, "rollout.strategy", "'canary', 'linear' or 'rolling'; got 'yolo'"),
        ({**GOOD, "rollout": {"strategy": "all-at-once", "percent": 5}}, "rollout", "leave it out"),
        ({**GOOD, "alarms": {"error_rate_percent": 101}}, "alarms.error_rate_percent", "less than or equal to 100"),
        ({**GOOD, "variants": {"b": {"bundel": "x", "weight": 0.5}}}, "variants.b.bundel", "did you mean bundle?"),
        ({**GOOD, "timeout_seconds": True}, "timeout_seconds", "valid number; got True"),
        ({**GOOD, "timeout_seconds": "5"}, "timeout_seconds", "valid number; got '5'"),
        ({**GOOD, "env": {"1ST": "x"}}, "env.1ST", "cannot be an environment variable"),
        ({**GOOD, "env": {"MODELBERTH_API": "x"}}, "env.MODELBERTH_API", "is set by modelberth itself"),
        ({**GOOD, "env": {"TOKEN": 5}}, "env.TOKEN", "got int"),
        ({**GOOD, "env": {"A": "x"}, "secrets": {"A": "arn"}}, "env.A", "is in secrets too"),
        ({**GOOD, "secrets": {"NOT_SET_HERE": "arn"}}, "secrets.NOT_SET_HERE", "export NOT_SET_HERE="),
        ({**GOOD, "tags": ["a"]}, "tags", "valid dictionary"),
        ({**GOOD, "endpoint_name": "-x"}, "endpoint_name", "should match pattern"),
        ({**GOOD, "image": "repo/name:latest"}, "image", "names no image by its digest"),
        ({**GOOD, "image": f"repo/name@sha256:{'0' * 64}"}, "bundle", "both are given"),
        ({"image": f"repo/name@sha256:{'0' * 64}"}, "image", "the local target runs bundles, not images"),
        ({}, "bundle", "none is given"),
        ({"bundle": ""}, "bundle", "at least 1 character"),
        ({"bundle": 5}, "bundle", "valid string; got 5"),
        ({"bundle": "ecko"}, "bundle", "no bundle named 'ecko'"),
        ({"bundle": "echo"}, "api", "is required, since the bundle 'echo' has several APIs"),
        ({"bundle": "echo", "api": "ecco"}, "api", "has no API 'ecco'; it has "),
        ({**GOOD, "instance_type": "ml.m5.large", "serverless": {}}, "instance_type", "exclude each other"),
        ({**GOOD, "access": "public"}, "access", "'iam'"),
        ({**GOOD, "capture": {}}, "capture.percent", "is required"),
    ],
)
def test_each_problem_is_named(echo: Path, arguments: dict[str, Any], field: str, message: str) -> None:
    assert message in problems(ManagedEndpoint, **arguments)[field]


def test_all_problems_come_at_once(echo: Path) -> None:
    texts = problems(
        ManagedEndpoint,
        config={"modelberth:cloud": "moon"},
        bundle="ecko",
        scaling={"min": "two"},
        instance_typ="ml.m5.large",
        serverless={},
        asynchronous={"instance_type": "ml.m5.large"},
        env={"1ST": "x"},
    )
    assert set(texts) == {"modelberth:cloud", "bundle", "scaling.min", "instance_typ", "serverless", "env.1ST"}


def test_a_secret_value_is_never_repeated(echo: Path) -> None:
    texts = problems(ManagedEndpoint, **GOOD, env={"PASSWORD": ["hunter2"]})
    assert "hunter2" not in str(texts)


@pytest.mark.parametrize("field", ["bundle", "api", "scaling", "instance_type"])
def test_an_output_where_a_plain_value_is_needed(echo: Path, field: str) -> None:
    arguments = {**GOOD, field: pulumi.Output.from_input("echo")}
    assert "is an Output, whose value is known only" in problems(ManagedEndpoint, **arguments)[field]


def test_an_output_is_welcome_where_it_may_be(echo: Path) -> None:
    declared, _ = declare(
        lambda: ManagedEndpoint(
            "shop", **GOOD, env={"BUCKET": pulumi.Output.from_input("b")}, tags={"team": pulumi.Output.from_input("t")}
        )
    )
    assert declared["shop-server"].inputs["env"] == {"BUCKET": "b"}
    assert declared["shop-server"].inputs["tags"] == {"team": "t"}


@pytest.mark.parametrize(
    ("config", "field", "message"),
    [
        ({}, "modelberth:cloud", "pulumi config set modelberth:cloud local (allowed: local, aws)"),
        ({"modelberth:cloud": "moon"}, "modelberth:cloud", "is 'moon'; allowed: local"),
        ({"modelberth:cloud": "gcp"}, "modelberth:cloud", "does not serve yet"),
        ({**LOCAL, "modelberth:bundles": "echo"}, "modelberth:bundles", "valid dictionary"),
        ({**LOCAL, "modelberth:bundles": '{"echo": 3}'}, "modelberth:bundles.echo", "valid string"),
        ({**LOCAL, "modelberth:ports": '{"shop": 80000}'}, "modelberth:ports.shop", "less than or equal to 65535"),
        ({**LOCAL, "modelberth:ports": '{"shop": "http"}'}, "modelberth:ports.shop", "valid integer"),
    ],
)
def test_stack_configuration(echo: Path, config: dict[str, str], field: str, message: str) -> None:
    assert message in problems(ManagedEndpoint, config, **GOOD)[field]


def test_a_dict_and_keywords_exclude_each_other(echo: Path) -> None:
    with pytest.raises(DeclarationError, match="use one of them"):
        declare(lambda: ManagedEndpoint("shop", {"bundle": "echo"}, api="echo"))  # type: ignore[call-overload]
    with pytest.raises(DeclarationError, match="must be keywords or one dict; got str"):
        declare(lambda: ManagedEndpoint("shop", "echo"))  # type: ignore[call-overload]


def test_a_self_hosted_endpoint_says_its_runtime(echo: Path) -> None:
    assert problems(SelfHostedEndpoint, **GOOD)["runtime"] == "is required"


def test_a_pin_of_the_stack_wins(echo: Path) -> None:
    pins = {**LOCAL, "modelberth:bundles": '{"shop-model": "echo"}'}
    declared, _ = declare(lambda: ManagedEndpoint("shop", bundle="shop-model", api="echo"), pins)
    assert declared["shop"].inputs["bundle"]["name"] == "echo"


def test_a_pin_that_leads_nowhere_is_a_problem(echo: Path) -> None:
    pins = {**LOCAL, "modelberth:bundles": '{"echo": "echo@sha256:000000000000"}'}
    assert "fits no build" in problems(ManagedEndpoint, pins, **GOOD)["bundle"]
