"""The declarations that golden files hold: together they take every way through the code that declares children."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from mocks import ACCOUNT, AWS, LOCAL, REGION

from modelberth import ManagedEndpoint, SelfHostedEndpoint

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/shop@sha256:{'0' * 64}"
ELSEWHERE = f"registry.example/team/shop@sha256:{'2' * 64}"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:token-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/level"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:pager"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/apps/web"
NETWORK = {"subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}
LARGE: dict[str, Any] = {"instance_type": "ml.m5.large"}
TWO: dict[str, Any] = {**LARGE, "scaling": {"min": 2}}
TOKENS: dict[str, Any] = {"jwt": {"issuer": "https://login.example.com/", "audience": ["shop"]}}
EVERYBODY: dict[str, Any] = {"public": {"reason": "a demo of the shop"}}
STREAMS = "count"
QUEUED: dict[str, Any] = {"asynchronous": {"instance_type": "ml.m5.large"}}


@dataclass(frozen=True)
class Declaration:
    """One declaration of the endpoint `shop`.

    Attributes:
        component: its class.
        arguments: its keywords; the bundle `echo` is added where no image is given.
        config: of the stack.
        name: the component's name.
        stack: the stack's name.
        after: what the program does with the endpoint that it has declared.
        api: the API of the bundle that it declares.
    """

    component: type[ManagedEndpoint | SelfHostedEndpoint]
    arguments: dict[str, Any]
    config: dict[str, str] = field(default_factory=lambda: dict(AWS))
    name: str = "shop"
    stack: str = "dev"
    after: Callable[[Any], None] = lambda endpoint: None
    api: str = "echo"

    def program(self, echo: Path) -> Any:
        """Declare it; `echo` is the folder of the built Bento, which also stands for the bundles of other variants."""
        served = {} if "image" in self.arguments else {"bundle": str(echo), "api": self.api}
        endpoint = self.component(self.name, **served, **_with_bundle(self.arguments, str(echo)))
        self.after(endpoint)
        return endpoint


def _with_bundle(value: Any, folder: str) -> Any:
    if isinstance(value, dict):
        return {key: _with_bundle(inner, folder) for key, inner in value.items()}
    return folder if value == "ECHO" else value


def _later(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)


def _grants(endpoint: Any) -> None:
    endpoint.grant_invoke(ROLE)
    endpoint.grant_invoke(_later("made-here"), name="worker")


def _managed(**arguments: Any) -> Declaration:
    return Declaration(ManagedEndpoint, arguments)


def _function(api: str = "echo", **arguments: Any) -> Declaration:
    return Declaration(SelfHostedEndpoint, {"runtime": "lambda", **arguments}, api=api)


def _local(component: Any, **arguments: Any) -> Declaration:
    return Declaration(component, arguments, config={**LOCAL, "modelberth:ports": '{"shop": 8123}'})


SAGEMAKER: dict[str, Declaration] = {
    "usual": _managed(**LARGE, alarms={"notify": "team@example.com"}),
    "serverless": _managed(),
    "serverless-sizes": _managed(
        serverless={"memory_mb": 4096, "max_concurrency": 20, "provisioned_concurrency": 2},
        capture=None,
        alarms={"overhead_p99_seconds": 2},
    ),
    "everything": _managed(
        instance_type="ml.m5.large",
        scaling={"min": 2, "max": 4, "target": 100, "scale_out_cooldown_seconds": 30, "scale_in_cooldown_seconds": 600},
        rollout={"strategy": "canary", "percent": 20, "bake_seconds": 60, "keep_previous": 5},
        capture={"percent": 20},
        alarms={"notify": "team@example.com", "no_invocations_minutes": 60, "owner": "shop-team"},
        variants={"challenger": {"bundle": "ECHO", "weight": 0.2, "instance_type": "ml.c7g.xlarge"}},
        callers=[ROLE, "210987654321", f"arn:aws:iam::{ACCOUNT[::-1]}:role/x", "events.amazonaws.com"],
        network={**NETWORK, "isolated": True},
        key=KEY,
        dashboard=True,
        env={"MODE": "strict"},
        timeout_seconds=30,
        start_timeout_seconds=900,
        volume_gb=60,
        tags={"team": "shop"},
    ),
    "asynchronous": _managed(
        asynchronous={"instance_type": "ml.m5.large", "max_concurrency": 4, "success_topic": TOPIC},
        scaling={"min": 0, "max": 3},
        alarms={"latency_p99_seconds": 60, "no_invocations_minutes": 30},
        secrets={"TOKEN": f"{SECRET}:key::", "LEVEL": PARAMETER},
        callers=[ROLE],
        dashboard=True,
    ),
    "asynchronous-given-places": _managed(
        image=IMAGE,
        asynchronous={
            "instance_type": "ml.m5.large",
            "output": "s3://theirs/answers/",
            "failure": _later("s3://theirs/errors/"),
            "success_topic": TOPIC,
            "error_topic": _later(TOPIC),
        },
        key=_later(KEY),
        role=_later(ROLE),
    ),
    "given-image": _managed(image=IMAGE, **LARGE),
    "given-image-elsewhere": _managed(image=ELSEWHERE, **LARGE, api="classify"),
    "given-role-and-bucket": _managed(image=IMAGE, **LARGE, role=ROLE, bucket="ours", capture={"percent": 5}),
    "outputs": _managed(
        image=IMAGE,
        **LARGE,
        env={"TABLE": _later("table")},
        secrets={"TOKEN": _later(PARAMETER)},
        bucket=_later("ours"),
        capture={"percent": 5},
        network={"subnets": [_later("subnet-1")], "security_groups": [_later("sg-1")]},
        tags={"team": _later("shop")},
        key=_later(KEY),
    ),
    "capture-elsewhere": _managed(image=IMAGE, **LARGE, capture={"percent": 5, "destination": "s3://theirs/below/"}),
    "shadow": _managed(**LARGE, shadow={"bundle": "ECHO", "percent": 25, "instance_type": "ml.g5.xlarge"}, key=KEY),
    "concurrency": _managed(image=IMAGE, **LARGE, scaling={"max": 4, "target": 5, "metric": "concurrency"}),
    "cpu": _managed(image=IMAGE, instance_type="ml.c5.18xlarge", scaling={"max": 4, "metric": "cpu_percent"}),
    "cpu-target": _managed(image=IMAGE, **LARGE, scaling={"max": 4, "metric": "cpu_percent", "target": 50}),
    "all-at-once": _managed(
        image=IMAGE, **TWO, rollout={"strategy": "all-at-once", "bake_seconds": 60, "termination_wait_seconds": 0}
    ),
    "canary-by-default": _managed(image=IMAGE, **TWO),
    "linear": _managed(image=IMAGE, **TWO, rollout={"strategy": "linear", "percent": 30, "bake_seconds": 100}),
    "rolling": _managed(image=IMAGE, **TWO, rollout={"strategy": "rolling", "percent": 25, "bake_seconds": 100}),
    "longest-rollout": _managed(
        image=IMAGE, **TWO, rollout={"strategy": "linear", "percent": 15, "bake_seconds": 3600, "keep_previous": 0}
    ),
    "alarms": _managed(
        image=IMAGE,
        **LARGE,
        alarms={
            "error_rate_percent": 2,
            "latency_p99_seconds": 0.25,
            "overhead_p99_seconds": 0.5,
            "no_invocations_minutes": 30,
            "notify": TOPIC,
            "owner": "shop-team",
            "runbook": "https://wiki.example.com/shop",
        },
    ),
    "body-limit": _managed(image=IMAGE, env={"MODELBERTH_MAX_BODY_MB": "2"}),
    "platform": _managed(instance_type="ml.c7g.large", platform="linux/arm64"),
    "grants": Declaration(ManagedEndpoint, {"image": IMAGE, **QUEUED}, after=_grants),
    "endpoint-name": _managed(image=IMAGE, **LARGE, endpoint_name="Fraud-1"),
    "long-names": Declaration(
        ManagedEndpoint, {"image": IMAGE, **LARGE}, name="a" * 40, stack="a-rather-long-stack-name"
    ),
    "protected": _managed(image=IMAGE, **LARGE, opts=pulumi.ResourceOptions(protect=True)),
}

AWS_LAMBDA: dict[str, Declaration] = {
    "usual": _function(alarms={"notify": "team@example.com"}),
    "everything": _function(
        memory_mb=3072,
        concurrency=20,
        provisioned=2,
        scaling={"max": 10, "target": 0.5, "scale_out_cooldown_seconds": 30},
        rollout={"strategy": "canary", "percent": 20, "bake_seconds": 60, "keep_previous": 5},
        alarms={"notify": TOPIC, "no_invocations_minutes": 60, "owner": "shop-team", "runbook": "https://wiki/shop"},
        callers=[ROLE, "210987654321", "events.amazonaws.com"],
        network=NETWORK,
        key=KEY,
        dashboard=True,
        env={"MODE": "strict"},
        secrets={"TOKEN": f"{SECRET}:key::", "LEVEL": PARAMETER},
        timeout_seconds=12.5,
        platform="linux/arm64",
        throttle={"requests_per_second": 50, "burst": 100},
        cors={"origins": ["https://shop.example.com"]},
        tags={"team": "shop"},
    ),
    "provisioned": _function(image=IMAGE, provisioned=3),
    "provisioned-range": _function(image=IMAGE, provisioned=3, scaling={"max": 9}),
    "linear": _function(image=IMAGE, rollout={"strategy": "linear", "percent": 30, "keep_previous": 0}),
    "jwt": _function(access=TOKENS, throttle={"requests_per_second": 5, "burst": 10}),
    "jwt-scopes": _function(image=IMAGE, access={"jwt": {**TOKENS["jwt"], "scopes": ["predict", "admin"]}}),
    "public": _function(access=EVERYBODY, cors={"origins": ["*"], "headers": ["x-team"], "max_age_seconds": 0}),
    "private": _function(access="private", network=NETWORK, throttle={"requests_per_second": 5, "burst": 10}),
    "private-given-endpoint": _function(
        image=IMAGE, access="private", network={"private_endpoint": _later("vpce-1")}, dashboard=True
    ),
    "streams": _function(STREAMS, dashboard=True, callers=[ROLE], cors={"origins": ["https://shop.example.com"]}),
    "streams-public": _function(STREAMS, access=EVERYBODY),
    "streams-private": _function(
        STREAMS, access="private", network={"private_endpoint": "vpce-1"}, timeout_seconds=240
    ),
    "given-image": _function(image=IMAGE),
    "given-role": _function(image=IMAGE, role=ROLE),
    "outputs": _function(
        image=IMAGE,
        env={"TABLE": _later("table")},
        secrets={"TOKEN": _later(PARAMETER)},
        network={"subnets": [_later("subnet-1")], "security_groups": [_later("sg-1")]},
        tags={"team": _later("shop")},
        key=_later(KEY),
        role=_later(ROLE),
    ),
    "grants": Declaration(SelfHostedEndpoint, {"runtime": "lambda", "image": IMAGE}, after=_grants),
    "endpoint-name": _function(image=IMAGE, endpoint_name="Fraud-1"),
    "long-names": Declaration(
        SelfHostedEndpoint, {"runtime": "lambda", "image": IMAGE}, name="a" * 47, stack="a-rather-long-stack-name"
    ),
    "protected": _function(image=IMAGE, opts=pulumi.ResourceOptions(protect=True)),
}

ON_THIS_MACHINE: dict[str, Declaration] = {
    "managed": _local(ManagedEndpoint),
    "managed-everything": _local(
        ManagedEndpoint,
        instance_type="ml.m5.large",
        scaling={"min": 2, "max": 4, "target": 100},
        rollout={"strategy": "linear"},
        env={"MODE": "strict"},
        secrets={"HOME": SECRET},
        timeout_seconds=7,
        endpoint_name="Fraud-1",
        tags={"team": "shop"},
    ),
    "self-hosted": _local(SelfHostedEndpoint, runtime="ecs", cpu=1, scaling={"min": 0, "max": 5}),
}

BY_TARGET = {"sagemaker": SAGEMAKER, "aws_lambda": AWS_LAMBDA, "local": ON_THIS_MACHINE}


def every() -> Iterator[tuple[str, str]]:
    """The target and the name of each declaration."""
    return ((target, name) for target, declarations in BY_TARGET.items() for name in declarations)
