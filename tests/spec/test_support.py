"""No field is silently ignored: the table speaks of each, on every target."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from modelberth import ManagedEndpointArgs, SelfHostedEndpointArgs, arguments
from modelberth_platform.spec import ManagedEndpointSpec, SelfHostedEndpointSpec, parts
from modelberth_platform.spec.settings import TARGETS
from modelberth_platform.spec.support import REASONS, SUPPORT, Support

PAIRS = [
    (ManagedEndpointArgs, ManagedEndpointSpec),
    (SelfHostedEndpointArgs, SelfHostedEndpointSpec),
    (arguments.ScalingArgs, parts.Scaling),
    (arguments.RolloutArgs, parts.Rollout),
    (arguments.AlarmsArgs, parts.Alarms),
    (arguments.NetworkArgs, parts.Network),
    (arguments.ServerlessArgs, parts.Serverless),
    (arguments.AsynchronousArgs, parts.Asynchronous),
    (arguments.CaptureArgs, parts.Capture),
    (arguments.ShadowArgs, parts.Shadow),
]


@pytest.mark.parametrize(("declared", "checked"), PAIRS)
def test_what_an_editor_completes_is_what_is_checked(declared: Any, checked: type[BaseModel]) -> None:
    assert declared.__required_keys__ | declared.__optional_keys__ == set(checked.model_fields)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("spec", [ManagedEndpointSpec, SelfHostedEndpointSpec])
def test_the_table_speaks_of_every_field(target: str, spec: type[BaseModel]) -> None:
    assert set(spec.model_fields) <= set(SUPPORT[target])


@pytest.mark.parametrize("target", TARGETS)
def test_the_table_speaks_of_nothing_else(target: str) -> None:
    known = set(ManagedEndpointSpec.model_fields) | set(SelfHostedEndpointSpec.model_fields)
    assert {field.partition(".")[0] for field in SUPPORT[target]} <= known


def test_a_refusal_has_a_reason() -> None:
    refused = {
        (target, field)
        for target, row in SUPPORT.items()
        for field, support in row.items()
        if support is Support.REFUSED
    }
    assert refused == set(REASONS)
