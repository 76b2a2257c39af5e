"""The arguments of the components, as an editor completes and explains them.

An argument that decides which resources exist is a plain value. One that may come from another resource is a
`pulumi.Input`. Nothing is required where the text does not say so.
"""

from collections.abc import Mapping, Sequence
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


class EndpointArgs(TypedDict, total=False):
    """The arguments that every endpoint takes."""

    bundle: str
    """The BentoML bundle that is served: a name such as `fraud` (the bundle that the stack pins, on `local` otherwise
    the newest build), `name:version`, `name@sha256:…`, the folder of a built Bento, a `.bento` archive, or a model file
    (`.onnx`, `.joblib`, `.pkl`, `.pt`), for which a service is written. Required unless `image` is given."""
    trust: Literal["pickle"]
    """`"pickle"` accepts whatever a pickled model file imports when it is loaded; only for files that you made
    yourself."""
    image: str
    """An image that is already pushed, by its digest, instead of one built from `bundle`."""
    api: str
    """The name of the Bento's API that `url` calls; required if the bundle has more than one."""
    scaling: ScalingArgs
    """How many replicas there are, and what adds or removes one; one replica by default."""
    rollout: RolloutArgs
    """How an update replaces the running release; the endpoint's alarms make it go back."""
    env: Mapping[str, pulumi.Input[str]]
    """The environment variables of the model's process, by name."""
    secrets: Mapping[str, pulumi.Input[str]]
    """References to secrets (ARNs or ids), by the environment variable that gets the secret's value where the model's
    process starts; the value is never in the state, the image or a definition. On `local`, the value is that of the
    variable of the same name in the caller's environment, where it must be set."""
    callers: Sequence[str]
    """Who may call the endpoint: ARNs of roles, ids of accounts, names of services such as `events.amazonaws.com`. A
    role that the program itself makes is let in by the method `grant_invoke`."""
    alarms: AlarmsArgs
    """When there is an alarm, and who is told; by default on errors and latency, and nobody is told."""
    network: NetworkArgs
    """The network that the endpoint runs in; by default the one that the target gives."""
    timeout_seconds: float
    """The time within which an answer must have begun, in seconds; the Bento's own `traffic.timeout` by default."""
    dashboard: bool
    """Whether there is a dashboard of the endpoint's metrics; False by default."""
    role: pulumi.Input[str]
    """The ARN of the role that the model's process runs as; one is made for it by default."""
    bucket: pulumi.Input[str]
    """The name of the bucket for what the endpoint records and answers; one is made for it by default, if it needs
    one."""
    key: pulumi.Input[str]
    """The ARN of the KMS key that encrypts what the endpoint stores; AWS's own keys by default."""
    tags: Mapping[str, pulumi.Input[str]]
    """The tags of every resource that takes tags, by key."""
    endpoint_name: str
    """The endpoint's physical name, at most 63 letters, digits and inner hyphens; `{project}-{name}-{stack}` by
    default."""


class ManagedEndpointArgs(EndpointArgs, total=False):
    """The arguments of `ManagedEndpoint`. `instance_type`, `serverless` and `asynchronous` exclude each other; without
    any of them the endpoint is serverless."""

    access: Literal["iam"]
    """How callers identify themselves; `iam`, the only way, means that they sign their requests."""
    instance_type: str
    """The type of the instances of a real-time endpoint, such as `ml.c6i.large`."""
    serverless: ServerlessArgs
    """The sizes of a serverless endpoint, which costs nothing while idle."""
    asynchronous: AsynchronousArgs
    """The instances and places of an asynchronous endpoint, which queues its requests."""
    variants: Mapping[str, VariantArgs]
    """Other bundles that answer a share of the requests, by the names of their variants; the variant of `bundle` is
    `main`."""
    shadow: ShadowArgs
    """A second bundle that gets a copy of the requests; none by default."""
    capture: CaptureArgs
    """The recording of requests and answers; none by default."""
    start_timeout_seconds: int
    """The time within which a starting replica must be healthy, in seconds, 60 to 3600; SageMaker's own by default."""
    volume_gb: int
    """The size of an instance's disk in GB, at most 512; SageMaker's own by default."""
    platform: Literal["linux/amd64", "linux/arm64"]
    """The platform of the image; that of the instances by default."""


class SelfHostedEndpointArgs(EndpointArgs, total=False):
    """The arguments of `SelfHostedEndpoint`."""

    runtime: Literal["lambda", "ecs"]
    """The compute that the endpoint runs on; required."""
    access: Literal["iam", "private", "public"]
    """Who reaches the endpoint: by default `iam` (whoever signs requests) on Lambda and `private` (the network) on ECS;
    a preview points out `public`."""
    cpu: float
    """The number of virtual CPUs of a replica."""
    memory_mb: int
    """The memory of a replica in MiB."""
    concurrency: int
    """The most requests at a time in one replica."""
    provisioned: int
    """How many replicas are kept warm on Lambda."""
