"""From a component's arguments to a declaration that its target can stand up, or to one error with every problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pulumi
from pydantic import ValidationError

from modelberth_platform.bundle import Bundle, BundleFacts
from modelberth_platform.declaration.bundles import Bundles
from modelberth_platform.declaration.checked import problems_on, refused_elsewhere, unserved
from modelberth_platform.declaration.settings import StackSettings, read_settings
from modelberth_platform.spec import DeclarationError, EndpointSpec, Problem
from modelberth_platform.spec.problems import problems_of
from modelberth_platform.targets.registry import target_of
from modelberth_platform.targets.support import Degree
from modelberth_platform.targets.target import Candidate, Target

S = TypeVar("S", bound=EndpointSpec)


@dataclass(frozen=True)
class Declaration(Generic[S]):
    """One endpoint, checked and complete.

    Attributes:
        kind: the component's class name.
        name: the component's name.
        spec: its arguments.
        settings: the stack's configuration.
        target: where it runs.
        bundle: what it serves; None where an image is given instead.
        api: the name of the API that `url` calls; None where an image is given that has one.
        variants: the bundles of its other variants, by name; the shadow's is `shadow`.
    """

    kind: str
    name: str
    spec: S
    settings: StackSettings
    target: Target
    bundle: Bundle | None
    api: str | None
    variants: Mapping[str, Bundle]

    @property
    def facts(self) -> BundleFacts | None:
        """The facts of the bundle; None where an image is given."""
        return self.bundle.facts if self.bundle else None

    def recorded(self) -> dict[str, Any]:
        """The component's recorded inputs: what a preview shows changing."""
        rollout = self.spec.effective_rollout
        steps = {} if rollout.strategy == "all-at-once" else {"percent": rollout.effective_percent}
        served = {"bundle": self.facts.recorded()} if self.facts else {"image": self.spec.image}
        variants = {
            name: {**bundle.facts.recorded(), **self.spec.recorded_of(name)} for name, bundle in self.variants.items()
        }
        update = self.target.words(self.spec)
        return {
            "cloud": self.settings.cloud,
            "target": self.target.name,
            **served,
            **({"variants": variants} if variants else {}),
            "api": self.api,
            "scaling": self._scaling(),
            "rollout": {
                **rollout.model_dump(exclude_none=True),
                **steps,
                "bake_seconds": rollout.effective_bake_seconds,
            },
            **self.spec.recorded(),
            **({"update": update} if update else {}),
        }

    def _scaling(self) -> dict[str, Any]:
        """The declared scaling and its defaults, without what the target knows nothing of."""
        scaling = self.spec.scaling
        effective = {"max": scaling.effective_max, "metric": self.spec.effective_metric}
        recorded = {**scaling.model_dump(exclude_none=True), **effective}
        refused = {piece for piece in recorded if self.target.support.of(f"scaling.{piece}") is Degree.REFUSED}
        return {piece: value for piece, value in recorded.items() if piece not in refused}


def declare(kind: str, name: str, model: type[S], args: Any, keywords: Mapping[str, Any]) -> Declaration[S]:
    """Check a component's arguments against its spec, the stack's settings, the bundles and the target.

    Args:
        kind: the component's class name.
        name: the component's name.
        model: its spec.
        args: the arguments as one dict, or None.
        keywords: the arguments as keywords, where there is no dict.

    Raises:
        DeclarationError: with every problem found.
    """
    arguments = _merged(kind, name, args, keywords)
    settings, problems = read_settings()
    spec, of_fields = _checked(model, arguments)
    target, of_target = _target(settings, kind, arguments)
    bundles = Bundles(settings, target, arguments.get("trust"))
    bundle = bundles.main(arguments.get("bundle"))
    variants = bundles.variants(spec)
    api = bundles.api(arguments.get("api"), bundle, variants)
    facts = {variant: served.facts for variant, served in variants.items()}
    candidate = Candidate(name, spec, bundle.facts if bundle else None, facts) if spec is not None else None
    of_target = [] if any(problem.field == "runtime" for problem in of_fields) else of_target
    problems += of_fields + of_target + (problems_on(target, arguments, candidate) if target else [])
    problems += bundles.problems
    if problems or spec is None or settings is None or target is None or candidate is None:
        raise DeclarationError(kind, name, list(dict.fromkeys(problems)))
    declaration = Declaration(kind, name, spec, settings, target, bundle, api, variants)
    _tell(declaration, arguments, candidate)
    return declaration


def _merged(kind: str, name: str, args: Any, keywords: Mapping[str, Any]) -> dict[str, Any]:
    if args is not None and keywords:
        raise DeclarationError(
            kind, name, [Problem("arguments", "are given as a dict and as keywords; use one of them")]
        )
    if args is not None and not isinstance(args, Mapping):
        text = f"must be keywords or one dict; got {type(args).__name__}"
        raise DeclarationError(kind, name, [Problem("arguments", text)])
    return {key: value for key, value in dict(args or keywords).items() if value is not None}


def _checked(model: type[S], arguments: Mapping[str, Any]) -> tuple[S | None, list[Problem]]:
    """The spec, where every field is right by itself, and what is wrong with and between the fields."""
    conflicts = model.conflicts(arguments)
    try:
        return model.model_validate(arguments), conflicts
    except ValidationError as error:
        return None, problems_of(error, model) + conflicts


def _target(
    settings: StackSettings | None, kind: str, arguments: Mapping[str, Any]
) -> tuple[Target | None, list[Problem]]:
    """Where the component runs, as far as the arguments tell it."""
    runtime = arguments.get("runtime")
    if settings is None or not isinstance(runtime, str | None):
        return None, []
    target = target_of(settings.cloud, kind, runtime)
    return target, [] if target else [unserved(settings.cloud, kind, runtime)]


def _tell(declaration: Declaration[S], arguments: Mapping[str, Any], candidate: Candidate) -> None:
    """What the target only records, and what other targets would refuse."""
    kind, name, target = declaration.kind, declaration.name, declaration.target
    if recorded := target.support.without_effect(declaration.spec):
        text = f"{kind} {name!r} on {target.name}: recorded for the clouds, without effect here: {', '.join(recorded)}"
        pulumi.log.info(text)
    for where, refused in refused_elsewhere(declaration.settings, target, kind, arguments, candidate):
        if refused:
            lines = "".join(f"\n  - {problem}" for problem in refused)
            pulumi.log.warn(f"{kind} {name!r} would be refused {where}:{lines}")
