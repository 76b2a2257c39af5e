"""The nested arguments of the components, as an editor completes and explains them; `arguments.py` has the others."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi


class ScalingArgs(TypedDict, total=False):
    """How many replicas there are, and what adds or removes one."""

    min: int
    """The least number of replicas; 1 by default. On `local`, the number of worker processes, at least 1."""
    max: int
    """The greatest number of replicas; `min` by default."""
    metric: Literal["requests_per_minute", "concurrency", "cpu_percent", "backlog"]
    """The measure, per replica, that adds and removes replicas: `requests_per_minute` by default, and `backlog` (the
    number of queued requests) on an asynchronous endpoint."""
    target: float
    """The value of the metric to keep to; required where `max` is above `min`, except that it is 70 by default for
    `cpu_percent` and 5 for `backlog`."""
    scale_out_cooldown_seconds: int
    """The least time between two additions of replicas, in seconds; 60 by default."""
    scale_in_cooldown_seconds: int
    """The least time between two removals of replicas, in seconds; 300 by default."""


class RolloutArgs(TypedDict, total=False):
    """How an update replaces the running release."""

    strategy: Literal["all-at-once", "canary", "linear", "rolling"]
    """How requests move to the new replicas; `canary` by default where `scaling.min` is at least 2, else
    `all-at-once`."""
    percent: float
    """The share of the replicas that the first step of `canary` and each step of `linear` and `rolling` moves, in
    percent; 10 by default for `canary`, 25 for the others; at most 50, SageMaker's limit."""
    bake_seconds: int
    """How long the alarms are watched after each step, in seconds; 300 by default, at most 3600, SageMaker's limit."""
    termination_wait_seconds: int
    """How long the old replicas are kept after all requests go to the new ones, in seconds; 120 by default, at most
    3600, SageMaker's limit."""
    keep_previous: int
    """How many previous releases stay in the account beside the one in service; 2 by default."""


class AlarmsArgs(TypedDict, total=False):
    """When there is an alarm, and who is told."""

    error_rate_percent: float
    """The share of requests that end in a server error above which there is an alarm, in percent; 5 by default."""
    latency_p99_seconds: float
    """The time that the slowest of 100 requests spends in the model above which there is an alarm, in seconds; 5 by
    default."""
    overhead_p99_seconds: float
    """The time that the service adds to the slowest of 100 requests above which there is an alarm, in seconds; 1 by
    default on instances. There is none by default on serverless compute, where a cold start counts as overhead."""
    no_invocations_minutes: int
    """The time without any request after which there is an alarm, in minutes; no such alarm by default. It never causes
    a rollback."""
    notify: str
    """Who is told: an e-mail address, for which a topic is made, or the ARN of an SNS topic; nobody by default."""
    owner: str
    """Who owns the endpoint; named in the text of each alarm and in the tag `owner`."""
    runbook: str
    """The URL of a page that says what to do; named in the text of each alarm."""


class NetworkArgs(TypedDict, total=False):
    """The network that the endpoint runs in; by default the one that the target gives."""

    subnets: Sequence[pulumi.Input[str]]
    """The ids of the subnets."""
    security_groups: Sequence[pulumi.Input[str]]
    """The ids of the security groups."""
    isolated: bool
    """Whether the model's process is cut off from all networks; False by default."""
    private_endpoint: pulumi.Input[str]
    """The id of the private endpoint that `access="private"` is reached by, on AWS an interface endpoint for
    `execute-api`, which many services may share; one in `subnets` is made by default."""


class ServerlessArgs(TypedDict, total=False):
    """A managed endpoint that costs nothing while idle."""

    memory_mb: int
    """The memory of a replica in MiB: 1024 to 6144 in steps of 1024; 2048 by default."""
    max_concurrency: int
    """The most requests that are answered at a time; 5 by default, at most 200, SageMaker's limit."""
    provisioned_concurrency: int
    """How many requests at a time meet no cold start, which costs while idle too; none by default."""


class AsynchronousArgs(TypedDict):
    """A managed endpoint that queues requests and writes answers to a bucket."""

    instance_type: str
    """The type of the instances, such as `ml.c6i.large`; required. `scaling={"min": 0}` removes them all when nothing
    is queued."""
    output: NotRequired[pulumi.Input[str]]
    """The `s3://…` prefix for the answers; a prefix in the endpoint's bucket by default."""
    failure: NotRequired[pulumi.Input[str]]
    """The `s3://…` prefix for the errors of failed requests; a prefix in the endpoint's bucket by default."""
    max_concurrency: NotRequired[int]
    """The most requests at a time in one instance; chosen by SageMaker by default, at most 1000, its limit."""
    success_topic: NotRequired[pulumi.Input[str]]
    """The ARN of an SNS topic that is told of every answer; none by default."""
    error_topic: NotRequired[pulumi.Input[str]]
    """The ARN of an SNS topic that is told of every failed request; none by default."""


class CaptureArgs(TypedDict):
    """The recording of requests and answers."""

    percent: float
    """The share of the requests that is recorded, in percent; a whole number; required."""
    destination: NotRequired[pulumi.Input[str]]
    """The `s3://…` prefix for what is recorded; a prefix in the endpoint's bucket by default."""


class ShadowArgs(TypedDict):
    """A second bundle that gets a copy of the requests, whose answers are thrown away."""

    bundle: str
    """The bundle, in the forms that the endpoint's own `bundle` takes; required."""
    percent: NotRequired[float]
    """The share of the requests that is copied, in percent; 100 by default."""
    instance_type: NotRequired[str]
    """The type of its instances; that of the endpoint by default."""


class VariantArgs(TypedDict):
    """Another bundle that answers a share of the requests."""

    bundle: str
    """The bundle, in the forms that the endpoint's own `bundle` takes; it must have the API that `url` calls;
    required."""
    weight: float
    """Its share of the requests, between 0 and 1; the endpoint's own `bundle` answers those that the variants leave;
    required."""
    instance_type: NotRequired[str]
    """The type of its instances; that of the endpoint by default."""


class JwtArgs(TypedDict):
    """Callers with a token of an OpenID Connect issuer."""

    issuer: str
    """The issuer's URL, `https://…`, below which its keys are found; required."""
    audience: Sequence[str]
    """The values of a token's claim `aud` (or `client_id`) that are let in; required."""
    scopes: NotRequired[Sequence[str]]
    """The scopes of which a token needs one; any token of the audience by default."""


class JwtAccessArgs(TypedDict):
    """Whoever has a token reaches the endpoint."""

    jwt: JwtArgs
    """Whose tokens are let in."""


class PublicArgs(TypedDict):
    """Everybody, for a reason."""

    reason: str
    """Why everybody may call; it is recorded, and tagged on what is public; required."""


class PublicAccessArgs(TypedDict):
    """Everybody reaches the endpoint, without identifying themselves."""

    public: PublicArgs
    """Why everybody may call."""


class ThrottleArgs(TypedDict):
    """How many requests are let through; the others are answered with 429."""

    requests_per_second: float
    """The requests a second over time; required."""
    burst: int
    """The requests at once that are let through above that; required."""


class CorsArgs(TypedDict):
    """Which pages of browsers may call the endpoint."""

    origins: Sequence[str]
    """The pages' origins, such as `https://shop.example.com`; `*` stands for all; required."""
    headers: NotRequired[Sequence[str]]
    """The headers that they may send; `authorization` and `content-type` by default."""
    max_age_seconds: NotRequired[int]
    """How long a browser remembers the answer, in seconds; 600 by default."""
