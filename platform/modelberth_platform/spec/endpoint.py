"""The specs of the two kinds of endpoint. `modelberth.arguments`, which callers read, says what each field means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

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
)
from modelberth_platform.spec.problems import Problem

_SET_BY_CALLERS = ("MODELBERTH_MAX_BODY_MB", "MODELBERTH_THREADS")


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot be an environment variable; use letters, digits and _, no digit first")
    if name.startswith("MODELBERTH_") and name not in _SET_BY_CALLERS:
        raise ValueError(f"{name} is set by modelberth itself; yours of its variables: {', '.join(_SET_BY_CALLERS)}")
    return name


def _pinned(image: str) -> str:
    if not re.search(r"@sha256:[0-9a-f]{64}$", image):
        raise ValueError(f"{image!r} is no image by digest; name one as REGISTRY/NAME@sha256:…, since a tag can move")
    return image


Variable = Annotated[str, AfterValidator(_variable)]


class EndpointSpec(Part):
    """What every endpoint has."""

    bundle: str | None = Field(default=None, min_length=1)
    image: Annotated[str, AfterValidator(_pinned)] | None = None
    trust: Literal["pickle"] | None = None
    api: str | None = Field(default=None, min_length=1)
    scaling: Scaling = Scaling()
    rollout: Rollout | None = None
    env: dict[Variable, In[str]] = {}
    secrets: dict[Variable, In[str]] = {}
    callers: list[In[str]] = []
    alarms: Alarms | None = None
    network: Network | None = None
    tags: dict[str, In[str]] = {}
    endpoint_name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$")

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> list[Problem]:
        """Problems between fields, found in the arguments as given, so that they show beside those of single fields."""
        problems = []
        if ("bundle" in given) == ("image" in given):
            stated = "both are given" if "bundle" in given else "none is given"
            problems.append(Problem("bundle", f"give one of bundle and image; {stated}"))
        env, secrets = given.get("env"), given.get("secrets")
        if isinstance(env, Mapping) and isinstance(secrets, Mapping):
            twice = sorted(str(name) for name in env.keys() & secrets.keys())
            problems += [Problem(f"env.{name}", "is in secrets too; keep it in one of them") for name in twice]
        return problems

    @property
    def effective_rollout(self) -> Rollout:
        """The declared rollout, or canary from two replicas on, or all at once."""
        return self.rollout or Rollout(strategy="canary" if self.scaling.min >= 2 else "all-at-once")


class ManagedEndpointSpec(EndpointSpec):
    """A cloud's managed service."""

    access: Literal["iam"] = "iam"
    instance_type: str | None = Field(default=None, min_length=1)
    serverless: Serverless | None = None
    asynchronous: Asynchronous | None = None
    capture: Capture | None = None
    shadow: Shadow | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> list[Problem]:
        kinds = [kind for kind in ("instance_type", "serverless", "asynchronous") if kind in given]
        problems = super().conflicts(given)
        if len(kinds) > 1:
            text = f"and {' and '.join(kinds[1:])} exclude each other; keep one (none means serverless)"
            problems.append(Problem(kinds[0], text))
        return problems


class SelfHostedEndpointSpec(EndpointSpec):
    """Compute of one's own."""

    runtime: Literal["lambda", "ecs"]
    access: Literal["iam", "private", "public"] | None = None
    cpu: float | None = Field(default=None, gt=0, strict=False)
    memory_mb: int | None = Field(default=None, gt=0)
    timeout_seconds: float | None = Field(default=None, gt=0, strict=False)
    concurrency: int | None = Field(default=None, gt=0)
    provisioned: int | None = Field(default=None, ge=0)
