"""The specs of both components. `modelberth.arguments`, which users read, says what each field means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from modelberth_platform.spec.access import Access, Cors, Throttle
from modelberth_platform.spec.inputs import In
from modelberth_platform.spec.parts import (
    Alarms,
    Asynchronous,
    Capture,
    Network,
    Part,
    Rollout,
    Scaling,
    Serverless,
    Shadow,
    Variant,
)
from modelberth_platform.spec.problems import Problem

_SETTABLE = ("MODELBERTH_MAX_BODY_MB", "MODELBERTH_THREADS")
"""The variables of the serving runtime that `env` may set."""


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot be an environment variable; use letters, digits and _, no digit first")
    if name.startswith("MODELBERTH_") and name not in _SETTABLE:
        raise ValueError(f"{name} is set by modelberth itself; of its variables you may set {', '.join(_SETTABLE)}")
    return name


def _pinned(image: str) -> str:
    if not re.search(r"@sha256:[0-9a-f]{64}$", image):
        raise ValueError(f"{image!r} names no image by its digest; write REGISTRY/NAME@sha256:…, since a tag can move")
    return image


def _variant_name(name: str) -> str:
    if name in ("main", "shadow"):
        raise ValueError(f"{name!r} is the name of modelberth's own variant; choose another")
    if not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,31}", name):
        raise ValueError(f"{name!r} cannot be a variant's name; use at most 32 letters, digits and inner hyphens")
    return name


Variable = Annotated[str, AfterValidator(_variable)]
VariantName = Annotated[str, AfterValidator(_variant_name)]
Kind = Literal["real-time", "asynchronous", "serverless"]
Metric = Literal["requests_per_minute", "concurrency", "cpu_percent", "backlog"]
Strategy = Literal["all-at-once", "canary", "linear", "rolling"]


class EndpointSpec(Part):
    """The arguments that every endpoint takes."""

    bundle: str | None = Field(default=None, min_length=1)
    image: Annotated[str, AfterValidator(_pinned)] | None = None
    trust: Literal["pickle"] | None = None
    api: str | None = Field(default=None, min_length=1)
    scaling: Scaling = Scaling()
    rollout: Rollout | None = None
    env: dict[Variable, In[str]] = {}
    secrets: dict[Variable, In[str]] = {}
    callers: list[str] = []
    alarms: Alarms | None = None
    network: Network | None = None
    timeout_seconds: float | None = Field(default=None, gt=0)
    dashboard: bool = False
    role: In[str] | None = None
    bucket: In[str] | None = None
    key: In[str] | None = None
    tags: dict[str, In[str]] = {}
    endpoint_name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9](-*[A-Za-z0-9])*$")
    platform: Literal["linux/amd64", "linux/arm64"] | None = None

    @classmethod
    def conflicts(cls, arguments: Mapping[str, Any]) -> list[Problem]:
        """The problems between arguments, found before each is checked, so that all problems show at once."""
        problems = []
        if ("bundle" in arguments) == ("image" in arguments):
            count = "both are given" if "bundle" in arguments else "none is given"
            problems.append(Problem("bundle", f"give one of bundle and image; {count}"))
        env, secrets = arguments.get("env"), arguments.get("secrets")
        if isinstance(env, Mapping) and isinstance(secrets, Mapping):
            shared = sorted(str(name) for name in env.keys() & secrets.keys())
            problems += [Problem(f"env.{name}", "is in secrets too; keep it in one of them") for name in shared]
        return problems

    def recorded(self) -> dict[str, Any]:
        """What the component records beside what all components record."""
        return {}

    def recorded_of(self, variant: str) -> dict[str, Any]:
        """What the component records of another variant than the main one, beside the facts of its bundle."""
        return {}

    @property
    def effective_rollout(self) -> Rollout:
        """The declared rollout; where it names no strategy, it is a canary from two replicas on, else all at once."""
        declared = self.rollout or Rollout()
        default: Strategy = "canary" if self.scaling.min >= 2 else "all-at-once"
        return declared if declared.strategy else declared.model_copy(update={"strategy": default})

    @property
    def effective_metric(self) -> Metric:
        """The metric that adds and removes replicas; `requests_per_minute` where none is declared."""
        return self.scaling.metric or "requests_per_minute"


class ManagedEndpointSpec(EndpointSpec):
    """The arguments of `ManagedEndpoint`, which runs on a cloud's managed service."""

    access: Literal["iam"] = "iam"
    instance_type: str | None = None
    serverless: Serverless | None = None
    asynchronous: Asynchronous | None = None
    variants: dict[VariantName, Variant] = {}
    shadow: Shadow | None = None
    capture: Capture | None = None
    start_timeout_seconds: int | None = Field(default=None, gt=0)
    volume_gb: int | None = Field(default=None, gt=0)

    def recorded(self) -> dict[str, Any]:
        compute = self.instances or self.effective_serverless.model_dump(exclude_none=True)
        return {"kind": self.kind, "compute": compute}

    def recorded_of(self, variant: str) -> dict[str, Any]:
        own = self.shadow if variant == "shadow" and self.shadow else self.variants[variant]
        share = own.model_dump(include={"weight", "percent"})
        return {**share, "compute": self.instances_of(variant)}

    @property
    def kind(self) -> Kind:
        """What answers: real-time instances, asynchronous ones, or serverless compute."""
        if self.asynchronous is not None:
            return "asynchronous"
        return "real-time" if self.instance_type is not None else "serverless"

    @property
    def instances(self) -> str | None:
        """The instance type of the main variant; None where the endpoint is serverless."""
        return self.asynchronous.instance_type if self.asynchronous is not None else self.instance_type

    def instances_of(self, variant: str) -> str | None:
        """The instance type of the variant with that name; that of the main one where it declares none of its own."""
        own = self.shadow if variant == "shadow" else self.variants.get(variant)
        return (own.instance_type if own else None) or self.instances

    @property
    def instance_types(self) -> frozenset[str]:
        """The instance types of all variants; empty where the endpoint is serverless."""
        types = {self.instances_of(variant) for variant in ("main", *self.variants, "shadow")}
        return frozenset(name for name in types if name is not None)

    @property
    def effective_serverless(self) -> Serverless:
        """The declared serverless sizes, or the default ones."""
        return self.serverless or Serverless()

    @property
    def effective_metric(self) -> Metric:
        return self.scaling.metric or ("backlog" if self.kind == "asynchronous" else "requests_per_minute")

    @property
    def effective_rollout(self) -> Rollout:
        rollout = super().effective_rollout
        declared = self.rollout is not None and self.rollout.strategy is not None
        if declared or self.kind != "serverless":
            return rollout
        return rollout.model_copy(update={"strategy": "all-at-once"})

    @classmethod
    def conflicts(cls, arguments: Mapping[str, Any]) -> list[Problem]:
        kinds = [kind for kind in ("instance_type", "serverless", "asynchronous") if kind in arguments]
        problems = super().conflicts(arguments)
        if len(kinds) > 1:
            text = f"and {' and '.join(kinds[1:])} exclude each other; keep one (none means serverless)"
            problems.append(Problem(kinds[0], text))
        return problems


class SelfHostedEndpointSpec(EndpointSpec):
    """The arguments of `SelfHostedEndpoint`, which runs on compute of one's own."""

    runtime: Literal["lambda", "ecs"]
    access: Access | None = None
    cpu: float | None = Field(default=None, gt=0)
    memory_mb: int | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, gt=0)
    provisioned: int | None = Field(default=None, ge=0)
    throttle: Throttle | None = None
    cors: Cors | None = None

    def recorded(self) -> dict[str, Any]:
        sizes = self.model_dump(include={"cpu", "memory_mb", "concurrency", "provisioned"}, exclude_none=True)
        return {"runtime": self.runtime, "access": self.effective_access.recorded(), **sizes}

    @property
    def effective_metric(self) -> Metric:
        return self.scaling.metric or ("concurrency" if self.runtime == "lambda" else "requests_per_minute")

    @property
    def effective_access(self) -> Access:
        """The declared access; else whoever signs requests on functions, and the network on containers."""
        return self.access or Access.model_validate("iam" if self.runtime == "lambda" else "private")
