"""The record of a target: all that the rest of modelberth may ask of it, so that nobody else tells targets apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelberth_platform.targets.support import Support

if TYPE_CHECKING:
    from modelberth_platform.bundle import BundleFacts
    from modelberth_platform.checks import Check, Finding
    from modelberth_platform.client.access import Token
    from modelberth_platform.client.base import Client
    from modelberth_platform.planned import PlannedEndpoint
    from modelberth_platform.spec import EndpointSpec, Problem
    from modelberth_platform.targets.observed import Observed
    from modelberth_platform.targets.served import ServedEndpoint

Format = Callable[[str], object]
"""Raises a ValueError that explains what is wrong with a text, or returns."""


@dataclass(frozen=True)
class Candidate:
    """A declaration whose fields are right one by one, before the limits of a target are applied to it.

    Attributes:
        name: the component's name.
        spec: its arguments.
        facts: the facts of its bundle; None where an image is given, or no bundle was found.
        variants: the facts of the bundles of its other variants, by name; the shadow's is `shadow`.
    """

    name: str
    spec: Any
    facts: BundleFacts | None = None
    variants: Mapping[str, BundleFacts] = field(default_factory=dict)


def no_quotas(_name: str, _recorded: Mapping[str, Any], _config: Mapping[str, Any]) -> list[Check]:
    """The answer of a target that has no quotas."""
    return []


def no_words(_spec: EndpointSpec) -> str | None:
    """The answer of a target whose updates need no words."""
    return None


def no_permissions(_endpoint: PlannedEndpoint, _config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The answer of a target that asks nobody for permission."""
    return []


def no_machine_checks() -> Iterable[Finding]:
    """The answer of a target that needs nothing of the machine it is deployed from."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Target:
    """One target.

    Facts:
        name: such as `sagemaker`; its folders bear the same name.
        title: how people call it, for texts.
        cloud: the value of `modelberth:cloud` that leads to it.
        component: the class name of the component that it serves; None where it serves every component.
        runtime: the value of `runtime` that it serves; None where its component has none, or it serves every one.
        extra: the extra of the distribution that brings its provider packages; None where it needs none.
        remote: whether it runs elsewhere than on the machine that deploys; it then serves pinned bundles alone, which
            every machine can fetch, and never the newest build of this one.
        last_child: the type of the child that changes last, whose state says what really serves.
        support: what it does with each field of a declaration.
        formats: what the texts of its fields must look like, by the field's path; `*` stands for any key or index.

    Functions:
        limits: the problems of a declaration that it cannot carry out; each says why, what comes nearest, its source.
        words: what an update does to what serves, in at most 150 characters (Pulumi's diff shows no more).
        url: where the declared API of an endpoint is called.
        client: a client of the endpoint with that name or URL, a timeout in seconds, and the token that requests bear
            (None: none); None where the endpoint is not its own.
        observe: how an endpoint is now.
        log_lines: the last so many lines of an endpoint's log, and with True what comes after them.
        quotas: whether the account has room for what a component of that name records, under a stack's configuration.
        permissions: the statements of the policy (on AWS: IAM's) that whoever deploys an endpoint needs, given what a
            dry run knows of it and the stack's configuration; a UserError for a child that they do not cover.
        machine_checks: what deploying to it needs of this machine.
    """

    name: str
    title: str
    cloud: str
    component: str | None
    runtime: str | None = None
    extra: str | None = None
    remote: bool = True
    last_child: str
    support: Support
    formats: Mapping[str, Format] = field(default_factory=dict)

    limits: Callable[[Candidate], Iterable[Problem]]
    words: Callable[[Any], str | None] = no_words
    url: Callable[[ServedEndpoint], str]
    client: Callable[[str, float, Token | None], Client | None]
    observe: Callable[[ServedEndpoint], Observed]
    log_lines: Callable[[ServedEndpoint, int, bool], Iterator[str]]
    quotas: Callable[[str, Mapping[str, Any], Mapping[str, Any]], list[Check]] = no_quotas
    permissions: Callable[[PlannedEndpoint, Mapping[str, Any]], list[Mapping[str, Any]]] = no_permissions
    machine_checks: Callable[[], Iterable[Finding]] = no_machine_checks

    def serves(self, component: str, runtime: str | None) -> bool:
        """Whether a component of that class, with that `runtime`, can run on it."""
        return self.component in (None, component) and self.runtime in (None, runtime)
