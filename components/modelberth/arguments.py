"""The arguments of the components, as an editor completes and explains them.

An argument that decides which resources exist is a plain value. One that may come from another resource is a
`pulumi.Input`. Nothing is required where the text does not say so.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

import pulumi

from modelberth.parts import (
    AlarmsArgs,
    AsynchronousArgs,
    CaptureArgs,
    CorsArgs,
    JwtAccessArgs,
    NetworkArgs,
    PublicAccessArgs,
    RolloutArgs,
    ScalingArgs,
    ServerlessArgs,
    ShadowArgs,
    ThrottleArgs,
    VariantArgs,
)


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
    platform: Literal["linux/amd64", "linux/arm64"]
    """The platform of the image; by default that of the instances, and `linux/amd64` on functions."""


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


class SelfHostedEndpointArgs(EndpointArgs, total=False):
    """The arguments of `SelfHostedEndpoint`."""

    runtime: Literal["lambda", "ecs"]
    """The compute that the endpoint runs on; required."""
    access: Literal["iam", "private"] | JwtAccessArgs | PublicAccessArgs
    """Who reaches the endpoint: `iam` (whoever signs requests, and may; the default on Lambda), `private` (the network;
    the default on ECS), whoever has a token (`{"jwt": …}`), or everybody (`{"public": {"reason": …}}`), which a preview
    points out."""
    cpu: float
    """The number of virtual CPUs of a replica."""
    memory_mb: int
    """The memory of a replica in MiB; on Lambda by default what the bundle's models need, and at least 1769, which come
    with one virtual CPU."""
    concurrency: int
    """The most requests at a time: on ECS in one replica, on Lambda in all of them (its reserved concurrency)."""
    provisioned: int
    """How many replicas are kept warm on Lambda; none by default. With `scaling={"max": …}` above it their number
    follows the load."""
    throttle: ThrottleArgs
    """How many requests are let through; by default as many as the target lets through, on API Gateway the account's
    quota."""
    cors: CorsArgs
    """Which pages of browsers may call the endpoint; none by default."""
