"""The nested parts of a spec. `modelberth.parts`, which users read, says what each field means."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from modelberth_platform.spec.inputs import In


class Part(BaseModel):
    """The base of specs and their parts: frozen, and refusing unknown keys and values of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Percent = Annotated[float, Field(gt=0, le=100)]
Seconds = Annotated[float, Field(gt=0)]


class Scaling(Part):
    """How many replicas there are, and what adds or removes one."""

    min: int = Field(default=1, ge=0)
    max: int | None = Field(default=None, ge=1)
    metric: Literal["requests_per_minute", "concurrency", "cpu_percent", "backlog"] | None = None
    target: float | None = Field(default=None, gt=0)
    scale_out_cooldown_seconds: int = Field(default=60, ge=0)
    scale_in_cooldown_seconds: int = Field(default=300, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"max is {self.max}, below min, which is {self.min}; raise max or lower min")
        return self

    @property
    def effective_max(self) -> int:
        """`max`, or where it is not declared `min`, but at least 1."""
        return self.max if self.max is not None else max(self.min, 1)


class Rollout(Part):
    """How an update replaces the running release."""

    strategy: Literal["all-at-once", "canary", "linear", "rolling"] | None = None
    percent: Percent | None = None
    bake_seconds: int | None = Field(default=None, ge=0)
    termination_wait_seconds: int | None = Field(default=None, ge=0)
    keep_previous: int = Field(default=2, ge=0)

    @model_validator(mode="after")
    def _percent_where_it_means_something(self) -> Self:
        if self.strategy == "all-at-once" and self.percent is not None:
            raise ValueError("percent belongs to canary, linear and rolling; all-at-once has none, so leave it out")
        return self

    @property
    def effective_percent(self) -> float:
        """`percent`; where it is not declared, 10 for a canary and 25 for each step of the other strategies."""
        return self.percent or (10 if self.strategy == "canary" else 25)

    @property
    def effective_bake_seconds(self) -> int:
        """`bake_seconds`, or 300 where it is not declared."""
        return 300 if self.bake_seconds is None else self.bake_seconds


class Alarms(Part):
    """When there is an alarm, and who is told."""

    error_rate_percent: Percent | None = None
    latency_p99_seconds: Seconds | None = None
    overhead_p99_seconds: Seconds | None = None
    no_invocations_minutes: int | None = Field(default=None, gt=0)
    notify: str | None = None
    owner: str | None = None
    runbook: str | None = None


class Network(Part):
    """The network that the endpoint runs in; by default the one that the target gives."""

    subnets: list[In[str]] | None = None
    security_groups: list[In[str]] | None = None
    isolated: bool = False
    private_endpoint: In[str] | None = None


class Serverless(Part):
    """A managed endpoint that costs nothing while idle."""

    memory_mb: int = Field(default=2048, gt=0)
    max_concurrency: int = Field(default=5, gt=0)
    provisioned_concurrency: int | None = Field(default=None, gt=0)


class Asynchronous(Part):
    """A managed endpoint that queues requests and writes answers to a bucket."""

    instance_type: str
    output: In[str] | None = None
    failure: In[str] | None = None
    max_concurrency: int | None = Field(default=None, gt=0)
    success_topic: In[str] | None = None
    error_topic: In[str] | None = None


class Capture(Part):
    """The recording of requests and answers."""

    percent: Percent
    destination: In[str] | None = None


class Shadow(Part):
    """A second bundle that gets a copy of the requests, whose answers are thrown away."""

    bundle: str = Field(min_length=1)
    percent: Percent = 100
    instance_type: str | None = None


class Variant(Part):
    """Another bundle that answers a share of the requests."""

    bundle: str = Field(min_length=1)
    weight: float = Field(gt=0, lt=1)
    instance_type: str | None = None
