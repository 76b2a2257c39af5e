"""From a component's arguments to a declaration that can be stood up, or to one error with all its problems."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pulumi
from pydantic import ValidationError

from modelberth_platform.bundle import Api, Bundle, BundleError, resolve
from modelberth_platform.spec.endpoint import EndpointSpec
from modelberth_platform.spec.problems import DeclarationError, Problem, problems_of
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
        bundle: what it serves.
        api: which of the bundle's APIs `url` calls.
    """

    kind: str
    name: str
    spec: S
    settings: StackSettings
    bundle: Bundle
    api: Api

    def recorded(self) -> dict[str, Any]:
        """The component's recorded inputs: what a preview shows changing."""
        return {
            "cloud": self.settings.cloud,
            "bundle": self.bundle.facts.recorded(),
            "api": self.api.name,
            "scaling": {**self.spec.scaling.model_dump(), "max": self.spec.scaling.effective_max},
            "rollout": self.spec.effective_rollout.model_dump(exclude_none=True),
        }


def declare(kind: str, name: str, model: type[S], args: Any, keywords: Mapping[str, Any]) -> Declaration[S]:
    """Check a component's arguments against its spec, the stack's settings and the bundle.

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
    bundle = _bundle(given.get("bundle"), given.get("trust"), settings, problems)
    api = _api(given.get("api"), bundle, problems)
    if problems or spec is None or settings is None or bundle is None or api is None:
        raise DeclarationError(kind, name, problems)
    _inform(kind, name, spec, settings)
    return Declaration(kind, name, spec, settings, bundle, api)


def _merged(kind: str, name: str, args: Any, keywords: Mapping[str, Any]) -> dict[str, Any]:
    if args is not None and keywords:
        raise DeclarationError(
            kind, name, [Problem("arguments", "are given as a dict and as keywords; use one of them")]
        )
    if args is not None and not isinstance(args, Mapping):
        text = f"must be keywords or one dict; got {type(args).__name__}"
        raise DeclarationError(kind, name, [Problem("arguments", text)])
    return {key: value for key, value in dict(args or keywords).items() if value is not None}


def _bundle(reference: Any, trust: Any, settings: StackSettings | None, problems: list[Problem]) -> Bundle | None:
    if not isinstance(reference, str) or not reference:
        return None  # the spec has a problem with it already
    try:
        pins, store_url = (settings.bundles, settings.store) if settings else ({}, None)
        return resolve(reference, pins=pins, store_url=store_url, trust=trust)
    except BundleError as error:
        problems.append(Problem("bundle", str(error)))
        return None


def _api(name: Any, bundle: Bundle | None, problems: list[Problem]) -> Api | None:
    if bundle is None:
        return None
    names = [api.name for api in bundle.facts.apis]
    if isinstance(name, str):
        if name in names:
            return bundle.facts.api(name)
        problems.append(
            Problem("api", f"the bundle {bundle.facts.name!r} has no API {name!r}; it has {', '.join(names)}")
        )
    elif len(names) == 1 and name is None:
        return bundle.facts.apis[0]
    elif not names:
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


def _inform(kind: str, name: str, spec: EndpointSpec, settings: StackSettings) -> None:
    recorded = sorted(set(recorded_only(settings.cloud, spec)))
    if recorded:
        pulumi.log.info(
            f"{kind} {name!r} on {settings.cloud}: recorded for the clouds, without effect here: {', '.join(recorded)}"
        )
