"""The bundles that a declaration names, and the API that its URL calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelberth_platform.bundle import Bundle, BundleError, resolve
from modelberth_platform.bundle.resolve import looks_like_a_path
from modelberth_platform.declaration.settings import StackSettings
from modelberth_platform.spec import EndpointSpec, Problem
from modelberth_platform.spec.endpoint import ManagedEndpointSpec
from modelberth_platform.targets.support import Degree
from modelberth_platform.targets.target import Target


class Bundles:
    """Resolves the bundles of one declaration, and collects what is wrong with them.

    Attributes:
        problems: what was wrong so far.
    """

    def __init__(self, settings: StackSettings | None, target: Target | None, trust: Any) -> None:
        self._settings, self._target, self._trust = settings, target, trust
        self.problems: list[Problem] = []

    def main(self, reference: Any) -> Bundle | None:
        """The bundle of the argument `bundle`; None where there is a problem with it, or none is given."""
        return self._resolved("bundle", reference)

    def variants(self, spec: EndpointSpec | None) -> dict[str, Bundle]:
        """The bundles of the other variants and of the shadow, by name, where the target serves them."""
        if not isinstance(spec, ManagedEndpointSpec) or self._target is None:
            return {}
        references: dict[str, tuple[str, str]] = {}
        if self._target.support.of("variants") is Degree.HONOURED:
            references |= {name: (f"variants.{name}.bundle", each.bundle) for name, each in spec.variants.items()}
        if self._target.support.of("shadow") is Degree.HONOURED and spec.shadow is not None:
            references["shadow"] = ("shadow.bundle", spec.shadow.bundle)
        resolved = {name: self._resolved(field, reference) for name, (field, reference) in references.items()}
        return {name: bundle for name, bundle in resolved.items() if bundle is not None}

    def api(self, name: Any, bundle: Bundle | None, variants: Mapping[str, Bundle]) -> str | None:
        """The name of the API that `url` calls, which every variant must have; None where there is a problem."""
        api = self._declared_api(name, bundle)
        for variant, served in variants.items():
            names = [each.name for each in served.facts.apis]
            if api is not None and api not in names:
                field = "shadow.bundle" if variant == "shadow" else f"variants.{variant}.bundle"
                text = f"{served.facts.name!r} has no API {api!r}, which url calls; it has {', '.join(names)}"
                self.problems.append(Problem(field, text))
        return api

    def _resolved(self, field: str, reference: Any) -> Bundle | None:
        if not isinstance(reference, str) or not reference:
            return None  # the spec has a problem with it already
        if self._floats(reference):
            stack = pulumi.get_stack()
            text = (
                f"{reference!r} is not pinned in the configuration of stack {stack!r}, and a cloud serves no newest "
                f"build; pin one: modelberth bundle push {reference} --stack {stack}"
            )
            self.problems.append(Problem(field, text))
            return None
        pins, store_url = (self._settings.bundles, self._settings.store) if self._settings else ({}, None)
        try:
            return resolve(reference, pins=pins, store_url=store_url, trust=self._trust)
        except BundleError as error:
            self.problems.append(Problem(field, str(error)))
            return None

    def _floats(self, reference: str) -> bool:
        """Whether what the reference means tomorrow depends on what is built on this machine, and the target minds."""
        if self._settings is None or self._target is None or not self._target.remote:
            return False
        pinned = self._settings.bundles.get(reference, reference)
        named = not looks_like_a_path(pinned) and "@" not in pinned and ":" not in pinned
        return named or pinned.endswith(":latest")

    def _declared_api(self, name: Any, bundle: Bundle | None) -> str | None:
        if bundle is None:
            return name if isinstance(name, str) else None
        names = [api.name for api in bundle.facts.apis]
        if isinstance(name, str):
            if name not in names:
                text = f"the bundle {bundle.facts.name!r} has no API {name!r}; it has {', '.join(names)}"
                self.problems.append(Problem("api", text))
            return name
        if len(names) == 1 and name is None:
            return names[0]
        if not names:
            text = f"the bundle {bundle.facts.name!r} has no API; decorate a method with @bentoml.api"
            self.problems.append(Problem("bundle", text))
        elif name is None:
            text = (
                f"is required, since the bundle {bundle.facts.name!r} has several APIs; "
                f"name the one that url calls: {', '.join(names)}"
            )
            self.problems.append(Problem("api", text))
        return None
