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
    metric: Literal["requests_per_minute", "concurrency", "cpu_percent"]
    """What is tracked, per replica; `requests_per_minute` by default."""
    target: float
    """The value of the metric to hold."""
    scale_out_cooldown_seconds: int
    """Between two additions; 60 by default."""
    scale_in_cooldown_seconds: int
    """Between two removals; 300 by default."""


class RolloutArgs(TypedDict):
    """How an update replaces the running release."""

    strategy: Literal["all-at-once", "canary", "linear", "rolling"]
    """`canary` by default from two replicas on, else `all-at-once`."""
    percent: NotRequired[float]
    """Of the replicas, in the first or in each step."""
    bake_seconds: NotRequired[int]
    """To watch the alarms before the next step."""


class AlarmsArgs(TypedDict, total=False):
    """When to alarm, and whom."""

    error_rate_percent: float
    """Of requests that end in a server error."""
    latency_p99_seconds: float
    """Of the slowest request in a hundred."""
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
    """2048 by default."""
    max_concurrency: int
    """Requests at a time; 5 by default."""


class AsynchronousArgs(TypedDict, total=False):
    """A managed endpoint that queues requests and writes answers to a bucket."""

    output: pulumi.Input[str]
    """Where answers go, an `s3://…` prefix; the foundation's bucket by default."""


class CaptureArgs(TypedDict):
    """Recording of requests and answers."""

    percent: float
    """Of the requests."""
    destination: NotRequired[pulumi.Input[str]]
    """An `s3://…` prefix; the foundation's bucket by default."""


class ShadowArgs(TypedDict):
    """A second bundle that gets a copy of the requests, its answers thrown away."""

    bundle: str
    """What the argument `bundle` takes."""
    percent: NotRequired[float]
    """Of the requests; 100 by default."""


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
    callers: Sequence[pulumi.Input[str]]
    """Roles, accounts or services that may call the endpoint."""
    alarms: AlarmsArgs
    """Sensible ones by default."""
    network: NetworkArgs
    """By default from the foundation."""
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
    capture: CaptureArgs
    """Recording of requests and answers."""
    shadow: ShadowArgs
    """A second bundle beside the first."""


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
    timeout_seconds: float
    """Until an answer must have begun; the Bento's own `traffic.timeout` by default."""
    concurrency: int
    """Requests at a time in one replica."""
    provisioned: int
    """Replicas kept warm on Lambda."""
