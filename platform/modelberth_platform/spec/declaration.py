"""From a component's arguments to a declaration that can be stood up, or to one error with all its problems."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pulumi
from pydantic import ValidationError

from modelberth_platform.bundle import Bundle, BundleError, BundleFacts, resolve
from modelberth_platform.bundle.resolve import looks_like_a_path
from modelberth_platform.spec.endpoint import EndpointSpec, ManagedEndpointSpec
from modelberth_platform.spec.problems import DeclarationError, Problem, problems_of
from modelberth_platform.spec.sagemaker import impossible
from modelberth_platform.spec.settings import StackSettings, read_settings
from modelberth_platform.spec.support import recorded_only, refused

S = TypeVar("S", bound=EndpointSpec)


@dataclass(frozen=True)
class Declaration(Generic[S]):
    """One endpoint, checked and complete.

    Attributes:
        kind: the component's class name.
        name: the component's name.
        spec: its arguments.
        settings: of the stack.
        bundle: what it serves; None where an image is given instead.
        api: the name of the API that `url` calls; None where an image is given that has one.
        others: the bundles of its other variants, by name; that of the shadow is `shadow`.
    """

    kind: str
    name: str
    spec: S
    settings: StackSettings
    bundle: Bundle | None
    api: str | None
    others: Mapping[str, Bundle]

    @property
    def facts(self) -> BundleFacts | None:
        """Of the bundle."""
        return self.bundle.facts if self.bundle else None

    def recorded(self) -> dict[str, Any]:
        """The component's recorded inputs: what a preview shows changing."""
        rollout = self.spec.effective_rollout
        steps = {} if rollout.strategy == "all-at-once" else {"percent": rollout.effective_percent}
        served = {"bundle": self.facts.recorded()} if self.facts else {"image": self.spec.image}
        others = {
            name: {**bundle.facts.recorded(), **self.spec.recorded_of(name)} for name, bundle in self.others.items()
        }
        return {
            "cloud": self.settings.cloud,
            **served,
            **({"variants": others} if others else {}),
            "api": self.api,
            "scaling": {
                **self.spec.scaling.model_dump(exclude_none=True),
                "max": self.spec.scaling.effective_max,
                "metric": self.spec.effective_metric,
            },
            "rollout": {
                **rollout.model_dump(exclude_none=True),
                **steps,
                "bake_seconds": rollout.effective_bake_seconds,
            },
            **self.spec.recorded(),
            **({"update": self.spec.update_in_words} if self.settings.cloud == "aws" else {}),
        }


def declare(kind: str, name: str, model: type[S], args: Any, keywords: Mapping[str, Any]) -> Declaration[S]:
    """Check a component's arguments against its spec, the stack's settings, the bundles and what the target can do.

    Raises:
        DeclarationError: with every problem found.
    """
    given = _merged(kind, name, args, keywords)
    settings, problems = read_settings()
    spec: S | None = None
    try:
        spec = model.model_validate(given)
    except ValidationError as error:
        problems += problems_of(error, model)
    problems += model.conflicts(given)
    if spec is not None and settings is not None:
        problems += refused(settings.cloud, spec) + _missing_secrets(settings, spec)
    bundle = _bundle("bundle", given.get("bundle"), given.get("trust"), settings, problems)
    others = _others(spec, settings, problems)
    api = _api(given.get("api"), bundle, problems)
    for other, served in others.items():
        problems += _same_api(other, served, api)
    if spec is not None and settings is not None:
        facts = bundle.facts if bundle else None
        theirs = {other: served.facts for other, served in others.items()}
        if settings.cloud == "aws":
            problems += cannot("aws", spec, facts, theirs)
        for cloud in settings.check_clouds if settings.cloud == "local" else ():
            _warn(kind, name, cloud, cannot(cloud, spec, facts, theirs))
    if problems or spec is None or settings is None:
        raise DeclarationError(kind, name, list(dict.fromkeys(problems)))
    _inform(kind, name, spec, settings)
    return Declaration(kind, name, spec, settings, bundle, api, others)


def cannot(
    cloud: str, spec: EndpointSpec, facts: BundleFacts | None, others: Mapping[str, BundleFacts]
) -> list[Problem]:
    """What of the declaration the cloud cannot do."""
    if cloud == "aws" and isinstance(spec, ManagedEndpointSpec):
        return impossible(spec, facts, others)
    return []


def _merged(kind: str, name: str, args: Any, keywords: Mapping[str, Any]) -> dict[str, Any]:
    if args is not None and keywords:
        raise DeclarationError(
            kind, name, [Problem("arguments", "are given as a dict and as keywords; use one of them")]
        )
    if args is not None and not isinstance(args, Mapping):
        text = f"must be keywords or one dict; got {type(args).__name__}"
        raise DeclarationError(kind, name, [Problem("arguments", text)])
    return {key: value for key, value in dict(args or keywords).items() if value is not None}


def _bundle(
    field: str, reference: Any, trust: Any, settings: StackSettings | None, problems: list[Problem]
) -> Bundle | None:
    if not isinstance(reference, str) or not reference:
        return None  # the spec has a problem with it already
    if settings is not None and _floating(reference, settings):
        stack = pulumi.get_stack()
        text = (
            f"{reference!r} is not pinned in the configuration of stack {stack!r}, and a cloud serves no newest build; "
            f"pin one: modelberth bundle push {reference} --stack {stack}"
        )
        problems.append(Problem(field, text))
        return None
    try:
        pins, store_url = (settings.bundles, settings.store) if settings else ({}, None)
        return resolve(reference, pins=pins, store_url=store_url, trust=trust)
    except BundleError as error:
        problems.append(Problem(field, str(error)))
        return None


def _floating(reference: str, settings: StackSettings) -> bool:
    """Whether what the reference means tomorrow depends on what is built on this machine."""
    pinned = settings.bundles.get(reference, reference)
    named = not looks_like_a_path(pinned) and "@" not in pinned and ":" not in pinned
    return settings.cloud != "local" and (named or pinned.endswith(":latest"))


def _others(spec: EndpointSpec | None, settings: StackSettings | None, problems: list[Problem]) -> dict[str, Bundle]:
    if not isinstance(spec, ManagedEndpointSpec) or settings is None or settings.cloud == "local":
        return {}  # local runs the main variant alone
    references = {name: (f"variants.{name}.bundle", variant.bundle) for name, variant in spec.variants.items()}
    if spec.shadow is not None:
        references["shadow"] = ("shadow.bundle", spec.shadow.bundle)
    found = {
        name: _bundle(field, reference, spec.trust, settings, problems)
        for name, (field, reference) in references.items()
    }
    return {name: bundle for name, bundle in found.items() if bundle is not None}


def _same_api(variant: str, served: Bundle, api: str | None) -> list[Problem]:
    names = [found.name for found in served.facts.apis]
    if api is None or api in names:
        return []
    field = "shadow.bundle" if variant == "shadow" else f"variants.{variant}.bundle"
    return [Problem(field, f"{served.facts.name!r} has no API {api!r}, which url calls; it has {', '.join(names)}")]


def _api(name: Any, bundle: Bundle | None, problems: list[Problem]) -> str | None:
    if bundle is None:
        return name if isinstance(name, str) else None
    names = [api.name for api in bundle.facts.apis]
    if isinstance(name, str):
        if name not in names:
            said = f"the bundle {bundle.facts.name!r} has no API {name!r}; it has {', '.join(names)}"
            problems.append(Problem("api", said))
        return name
    if len(names) == 1 and name is None:
        return names[0]
    if not names:
        problems.append(
            Problem("bundle", f"the bundle {bundle.facts.name!r} has no API; decorate a method with @bentoml.api")
        )
    elif name is None:
        text = (
            f"is required, since the bundle {bundle.facts.name!r} has several APIs; "
            f"name the one that url calls: {', '.join(names)}"
        )
        problems.append(Problem("api", text))
    return None


def _missing_secrets(settings: StackSettings, spec: EndpointSpec) -> list[Problem]:
    if settings.cloud != "local":
        return []
    return [
        Problem(f"secrets.{variable}", f"on local its value comes from your environment; set it: export {variable}=…")
        for variable in spec.secrets
        if variable not in os.environ
    ]


def _warn(kind: str, name: str, cloud: str, problems: list[Problem]) -> None:
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        pulumi.log.warn(f"{kind} {name!r} would be refused with modelberth:cloud {cloud}:{lines}")


def _inform(kind: str, name: str, spec: EndpointSpec, settings: StackSettings) -> None:
    recorded = sorted(set(recorded_only(settings.cloud, spec)))
    if recorded:
        pulumi.log.info(
            f"{kind} {name!r} on {settings.cloud}: recorded for the clouds, without effect here: {', '.join(recorded)}"
        )
