"""The arguments of the components, as an editor completes them. Times are in seconds, memory in MiB.

What decides which resources exist is a plain value. What may come from another resource is a `pulumi.Input`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi


class ScalingArgs(TypedDict, total=False):
    """How many replicas, and what adds or removes one."""

    min: int
    """Replicas at least; 1 by default. On `local` the number of worker processes (at least one)."""
    max: int
    """Replicas at most; `min` by default."""
    metric: Literal["requests_per_minute", "concurrency", "cpu_percent", "backlog"]
    """What is tracked, per replica; `requests_per_minute` by default, `backlog` (queued requests) where they queue."""
    target: float
    """The value of the metric to hold; required where `max` is above `min`, but for `cpu_percent` (70) and `backlog`
    (5)."""
    scale_out_cooldown_seconds: int
    """Between two additions; 60 by default."""
    scale_in_cooldown_seconds: int
    """Between two removals; 300 by default."""


class RolloutArgs(TypedDict, total=False):
    """How an update replaces the running release."""

    strategy: Literal["all-at-once", "canary", "linear", "rolling"]
    """`canary` by default from two replicas on, else `all-at-once`."""
    percent: float
    """Of the replicas, in the first or in each step: 10 by default for `canary`, 25 for `linear` and `rolling`; at most
    50."""
    bake_seconds: int
    """To watch the alarms before the next step; 300 by default, at most 3600."""
    termination_wait_seconds: int
    """To keep the old replicas after all requests go to the new ones; 120 by default, at most 3600."""
    keep_previous: int
    """How many previous releases stay in the account, beside the one in service; 2 by default."""


class AlarmsArgs(TypedDict, total=False):
    """When to alarm, and whom."""

    error_rate_percent: float
    """Of requests that end in a server error; 5 by default."""
    latency_p99_seconds: float
    """Of the slowest request in a hundred, in the model; 5 by default."""
    overhead_p99_seconds: float
    """Of what the service adds to the slowest request in a hundred; 1 by default on instances, none on serverless,
    where a cold start is overhead."""
    no_invocations_minutes: int
    """Without one request; no such alarm by default. It never causes a rollback."""
    notify: str
    """An e-mail address or the ARN of a topic."""
    owner: str
    """Named in the alarm's text."""
    runbook: str
    """A URL in the alarm's text."""


class NetworkArgs(TypedDict, total=False):
    """Where the endpoint stands; by default where the foundation puts it."""

    subnets: Sequence[pulumi.Input[str]]
    """Ids."""
    security_groups: Sequence[pulumi.Input[str]]
    """Ids."""
    isolated: bool
    """Without any network of its own; False by default."""


class ServerlessArgs(TypedDict, total=False):
    """A managed endpoint that costs nothing while idle."""

    memory_mb: int
    """1024 to 6144 in steps of 1024; 2048 by default."""
    max_concurrency: int
    """Requests at a time, at most 200; 5 by default."""
    provisioned_concurrency: int
    """Requests at a time that meet no cold start; none by default. They cost while idle."""


class AsynchronousArgs(TypedDict):
    """A managed endpoint that queues requests and writes answers to a bucket."""

    instance_type: str
    """Of the instances, such as `ml.c6i.large`; `scaling={"min": 0}` lets them go when nothing is queued."""
    output: NotRequired[pulumi.Input[str]]
    """Where answers go, an `s3://…` prefix; below the endpoint's bucket by default."""
    failure: NotRequired[pulumi.Input[str]]
    """Where the errors of failed requests go, an `s3://…` prefix; below the endpoint's bucket by default."""
    max_concurrency: NotRequired[int]
    """Requests at a time in one instance, at most 1000; chosen by the service by default."""
    success_topic: NotRequired[pulumi.Input[str]]
    """The ARN of an SNS topic that hears of every answer."""
    error_topic: NotRequired[pulumi.Input[str]]
    """The ARN of an SNS topic that hears of every failed request."""


class CaptureArgs(TypedDict):
    """Recording of requests and answers."""

    percent: float
    """Of the requests; a whole number."""
    destination: NotRequired[pulumi.Input[str]]
    """An `s3://…` prefix; below the endpoint's bucket by default."""


class ShadowArgs(TypedDict):
    """A second bundle that gets a copy of the requests, its answers thrown away."""

    bundle: str
    """What the argument `bundle` takes."""
    percent: NotRequired[float]
    """Of the requests; 100 by default."""
    instance_type: NotRequired[str]
    """Of its instances; the endpoint's by default."""


class VariantArgs(TypedDict):
    """Another bundle that answers a share of the requests."""

    bundle: str
    """What the argument `bundle` takes; with an API of the same name."""
    weight: float
    """Its share of the requests, between 0 and 1; what the variants leave is answered by `bundle`."""
    instance_type: NotRequired[str]
    """Of its instances; the endpoint's by default."""


class EndpointArgs(TypedDict, total=False):
    """What every endpoint takes."""

    bundle: str
    """The BentoML bundle: a name (`fraud`: what the stack pins, on `local` else the newest build), `name:version`,
    `name@sha256:…`, the folder of a built Bento, a `.bento` archive, or a model file (`.onnx`, `.joblib`, `.pkl`,
    `.pt`), for which a service is written. Required unless `image` is given."""
    trust: Literal["pickle"]
    """`"pickle"` takes whatever a pickled model file imports when it is loaded. Only for files of your own."""
    image: str
    """An image already pushed, by digest, instead of building one from `bundle`."""
    api: str
    """The name of the Bento's API that `url` calls; required when the bundle has more than one."""
    scaling: ScalingArgs
    """One replica by default."""
    rollout: RolloutArgs
    """How an update replaces the running release; it rolls back on the endpoint's alarms."""
    env: Mapping[str, pulumi.Input[str]]
    """Environment variables of the model's process."""
    secrets: Mapping[str, pulumi.Input[str]]
    """Variables whose values are references (ARN, id), resolved where the model's process starts and never in plain
    text in state, image or definition. On `local` the variable of that name must be in the caller's environment."""
    callers: Sequence[str]
    """Who may call the endpoint: ARNs of roles, ids of accounts, names of services (`events.amazonaws.com`). See
    `grant_invoke` for a role that the program makes itself."""
    alarms: AlarmsArgs
    """Sensible ones by default."""
    network: NetworkArgs
    """By default from the foundation."""
    timeout_seconds: float
    """Until an answer must have begun; the Bento's own `traffic.timeout` by default."""
    dashboard: bool
    """With a dashboard of its metrics; False by default."""
    role: pulumi.Input[str]
    """The ARN of a role that the model's process runs as, instead of one made for it."""
    bucket: pulumi.Input[str]
    """The name of a bucket for what the endpoint records and answers, instead of one made for it."""
    key: pulumi.Input[str]
    """The ARN of a KMS key that encrypts what the endpoint stores, instead of AWS's own keys."""
    tags: Mapping[str, pulumi.Input[str]]
    """On every resource that takes tags."""
    endpoint_name: str
    """The endpoint's physical name, at most 63 letters, digits and hyphens; `{project}-{name}-{stack}` by default."""


class ManagedEndpointArgs(EndpointArgs, total=False):
    """What `ManagedEndpoint` takes. `instance_type`, `serverless` and `asynchronous` exclude each other; none given
    means serverless."""

    access: Literal["iam"]
    """Callers sign their requests."""
    instance_type: str
    """Real-time instances of this type, such as `ml.c6i.large`."""
    serverless: ServerlessArgs
    """Nothing to pay when idle."""
    asynchronous: AsynchronousArgs
    """Queued requests."""
    variants: Mapping[str, VariantArgs]
    """Other bundles behind the same endpoint, by the names of their variants; that of `bundle` is `main`."""
    shadow: ShadowArgs
    """A second bundle that gets a copy of the requests."""
    capture: CaptureArgs
    """Recording of requests and answers."""
    start_timeout_seconds: int
    """Until a starting replica must be healthy, 60 to 3600; SageMaker's own limit by default."""
    volume_gb: int
    """The disk of an instance, at most 512; SageMaker's own by default."""
    platform: Literal["linux/amd64", "linux/arm64"]
    """Of the image; that of the instances by default."""


class SelfHostedEndpointArgs(EndpointArgs, total=False):
    """What `SelfHostedEndpoint` takes."""

    runtime: Literal["lambda", "ecs"]
    """The compute it runs on; required."""
    access: Literal["iam", "private", "public"]
    """`iam` on Lambda, `private` on ECS by default; `public` is said out loud in the preview."""
    cpu: float
    """vCPUs of a replica."""
    memory_mb: int
    """MiB of a replica."""
    concurrency: int
    """Requests at a time in one replica."""
    provisioned: int
    """Replicas kept warm on Lambda."""
