"""No field is silently ignored: every target says what it does with each."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import BaseModel

from modelberth import ManagedEndpointArgs, SelfHostedEndpointArgs
from modelberth import parts as arguments
from modelberth_platform.spec import ManagedEndpointSpec, SelfHostedEndpointSpec, access, parts
from modelberth_platform.targets.registry import TARGETS
from modelberth_platform.targets.support import COMMON, Degree, Refusal, Support
from modelberth_platform.targets.target import Target

SPECS: dict[str, type[BaseModel]] = {
    "ManagedEndpoint": ManagedEndpointSpec,
    "SelfHostedEndpoint": SelfHostedEndpointSpec,
}

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
    (arguments.JwtArgs, access.Jwt),
    (arguments.PublicArgs, access.Public),
    (arguments.ThrottleArgs, access.Throttle),
    (arguments.CorsArgs, access.Cors),
]


@pytest.mark.parametrize(("declared", "checked"), PAIRS)
def test_what_an_editor_completes_is_what_is_checked(declared: Any, checked: type[BaseModel]) -> None:
    assert declared.__required_keys__ | declared.__optional_keys__ == set(checked.model_fields)


def paths_of(spec: type[BaseModel]) -> set[str]:
    """Every field of a spec, and every nested one, with a dot."""
    nested = {name: _part_of(field.annotation) for name, field in spec.model_fields.items()}
    pieces = {f"{name}.{piece}" for name, part in nested.items() if part for piece in part.model_fields}
    return set(spec.model_fields) | pieces


def _part_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((part for inner in get_args(annotation) if (part := _part_of(inner))), None)


def served_by(target: Target) -> list[type[BaseModel]]:
    """The specs of the components that the target serves."""
    return [spec for name, spec in SPECS.items() if target.component in (None, name)]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_says_what_it_does_with_every_field(target: Target) -> None:
    for spec in served_by(target):
        for path in paths_of(spec):
            assert target.support.of(path) in Degree, f"{target.name} says nothing about {path}"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_it_speaks_of_nothing_else(target: Target) -> None:
    known = set().union(*(paths_of(spec) for spec in served_by(target)))
    assert target.support.named | COMMON <= known
    assert not target.support.named & COMMON - target.support.refused.keys() - target.support.recorded


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_it_says_one_thing_of_a_field(target: Target) -> None:
    support = target.support
    said = [*support.honoured, *support.recorded, *support.refused]
    assert len(said) == len(set(said))


def test_a_field_that_nobody_has_named_is_an_error() -> None:
    with pytest.raises(KeyError):
        Support(honoured=frozenset({"image"})).of("colour")


class _Scaled(parts.Part):
    scaling: parts.Scaling = parts.Scaling()
    image: str | None = None


SCALED = _Scaled(scaling=parts.Scaling(min=1, max=2), image="x")


def test_a_nested_field_goes_with_its_part_unless_it_is_named() -> None:
    support = Support(honoured=frozenset({"scaling.min"}), recorded=frozenset({"scaling", "image"}))
    assert support.of("scaling.min") is Degree.HONOURED
    assert support.without_effect(SCALED) == ["image", "scaling.max"]
    assert support.problems(SCALED) == []


def test_a_refusal_says_why_and_what_comes_nearest() -> None:
    refusal = Refusal("nothing scales here", "leave it out")
    support = Support(honoured=frozenset({"image", "scaling.min"}), refused={"scaling": refusal})
    (problem,) = support.problems(SCALED)
    assert (problem.field, problem.text) == ("scaling.max", "nothing scales here; leave it out")
    assert all(target.support.why(path).nearest for target in TARGETS for path in target.support.refused)


def test_one_piece_of_a_part_is_refused_by_itself() -> None:
    refusal = Refusal("nothing grows here", "leave it out")
    support = Support(honoured=frozenset({"scaling", "image"}), refused={"scaling.max": refusal})
    assert support.why("scaling.max") is refusal
    assert [str(problem) for problem in support.problems(SCALED)] == ["scaling.max: nothing grows here; leave it out"]
    assert support.without_effect(SCALED) == []
