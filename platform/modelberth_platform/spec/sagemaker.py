"""What SageMaker cannot do, or does differently than declared: refused before anything is asked of it.

Each problem says why, what comes nearest, and the page of AWS's documentation that says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from itertools import chain

import pulumi

from modelberth_platform.bundle import BundleFacts
from modelberth_platform.spec.endpoint import ManagedEndpointSpec
from modelberth_platform.spec.instances import USUAL_VOLUME_GB, InstanceType
from modelberth_platform.spec.parts import Rollout
from modelberth_platform.spec.problems import Problem

_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
SERVERLESS = _GUIDE + "serverless-endpoints.html"
ASYNCHRONOUS = _GUIDE + "async-inference.html"
GUARDRAILS = _GUIDE + "deployment-guardrails.html"
EXCLUSIONS = _GUIDE + "deployment-guardrails-exclusions.html"
ROLLING = _GUIDE + "deployment-guardrails-rolling.html"
TRAFFIC = _API + "TrafficRoutingConfig.html"
BLUE_GREEN = _API + "BlueGreenUpdatePolicy.html"
SHADOW = _GUIDE + "model-shadow-deployment.html"
ISOLATION = _GUIDE + "mkt-algo-model-internet-free.html"
ZERO = _GUIDE + "endpoint-auto-scaling-zero-instances.html"
GRAVITON = _GUIDE + "realtime-endpoints-graviton.html"
DISKS = _GUIDE + "host-instance-storage.html"
QUOTAS = "https://docs.aws.amazon.com/general/latest/gr/sagemaker.html"
VARIANT = _API + "ProductionVariant.html"
CONTAINER = _API + "ContainerDefinition.html"

ENVIRONMENT_VALUE = 1024
"""Characters of one environment variable's value (`ContainerDefinition.Environment`)."""
SERVERLESS_IMAGE_GB = 10
ANSWER_SECONDS = {"real-time": 60, "serverless": 60, "asynchronous": 3600}
BODY_MB = {"real-time": 25, "serverless": 4, "asynchronous": 1024}
DEPLOYMENT_SECONDS = 28800
"""Until SageMaker gives a deployment up (`MaximumExecutionTimeoutInSeconds`)."""
ROLLBACK_ALARMS = 10
"""Alarms that one deployment may watch (`AutoRollbackConfig`)."""


def impossible(
    spec: ManagedEndpointSpec, facts: BundleFacts | None = None, others: Mapping[str, BundleFacts] | None = None
) -> list[Problem]:
    """What of the declaration SageMaker refuses or would silently do otherwise.

    Args:
        spec: the declaration, its fields checked one by one already.
        facts: of its bundle, where one was found.
        others: of the bundles of its other variants, by name.
    """
    rules = (_serverless, _asynchronous, _variants, _isolation, _scaling, _rollout, _limits, _platform, _disk)
    found = list(chain.from_iterable(rule(spec) for rule in rules))
    for name, bundle in {"": facts, **(others or {})}.items():
        if bundle is not None:
            found += _size(spec, name, bundle)
    return found


def _problem(field: str, reason: str, nearest: str, source: str) -> Problem:
    return Problem(field, f"{reason}; {nearest} ({source})")


def _serverless(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.kind != "serverless":
        return
    sizes = spec.effective_serverless
    if sizes.memory_mb % 1024 or not 1024 <= sizes.memory_mb <= 6144:
        allowed = "1024, 2048, 3072, 4096, 5120 or 6144"
        yield _problem("serverless.memory_mb", f"is {sizes.memory_mb}", f"allowed are {allowed}", SERVERLESS)
    if sizes.max_concurrency > 200:
        reason = f"is {sizes.max_concurrency}, above 200"
        yield _problem("serverless.max_concurrency", reason, "take instance_type= for more", SERVERLESS)
    if (sizes.provisioned_concurrency or 0) > sizes.max_concurrency:
        reason = f"is {sizes.provisioned_concurrency}, above max_concurrency, which is {sizes.max_concurrency}"
        yield _problem("serverless.provisioned_concurrency", reason, "raise max_concurrency", SERVERLESS)
    instances = 'take instance_type=, such as "ml.c6i.large"'
    for field, what in {
        "network": "VPC and no network isolation",
        "capture": "data capture",
        "shadow": "shadow variant",
        "variants": "second variant",
        "start_timeout_seconds": "start timeout to be set",
        "volume_gb": "volume",
    }.items():
        if getattr(spec, field):
            yield _problem(field, f"a serverless endpoint has no {what}", instances, SERVERLESS)
    if spec.scaling.model_fields_set:
        reason = "a serverless endpoint scales itself, from none to max_concurrency"
        yield _problem("scaling", reason, "give serverless={'max_concurrency': …}, or instance_type=", SERVERLESS)


def _asynchronous(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.asynchronous is None:
        if spec.effective_metric == "backlog":
            nearest = "take requests_per_minute, or asynchronous={…}"
            yield _problem("scaling.metric", "backlog: only asynchronous requests queue", nearest, ASYNCHRONOUS)
        return
    if (spec.asynchronous.max_concurrency or 0) > 1000:
        reason = f"is {spec.asynchronous.max_concurrency}, above 1000"
        source = _API + "AsyncInferenceClientConfig.html"
        yield _problem("asynchronous.max_concurrency", reason, "raise scaling.max instead", source)
    if spec.shadow is not None:
        nearest = "compare two asynchronous endpoints instead"
        yield _problem("shadow", "an asynchronous endpoint has no shadow variant", nearest, SHADOW)
    if spec.variants:
        nearest = "declare a second asynchronous endpoint"
        yield _problem("variants", "an asynchronous endpoint has one variant", nearest, ASYNCHRONOUS)


def _variants(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    total = sum(variant.weight for variant in spec.variants.values())
    if total >= 1:
        text = f"their weights add up to {total:g}; keep the sum below 1, the rest is what bundle= answers"
        yield Problem("variants", text)
    alarms = 3 * (1 + len(spec.variants))
    if alarms > ROLLBACK_ALARMS:
        reason = f"an update would watch {alarms} alarms, three of each variant"
        source = _API + "AutoRollbackConfig.html"
        yield _problem("variants", reason, f"SageMaker watches {ROLLBACK_ALARMS}: keep two variants", source)
    if spec.variants and spec.shadow is not None:
        nearest = "keep one of variants and shadow"
        yield _problem("shadow", "an endpoint with a shadow has one production variant", nearest, SHADOW)


def _isolation(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    network = spec.network
    if network is None:
        return
    if network.isolated and spec.secrets:
        reason = "a container without network cannot fetch a secret"
        yield _problem("secrets", reason, "leave out network.isolated, and give subnets of your own", ISOLATION)
    if (network.subnets is None) != (network.security_groups is None):
        missing = "security_groups" if network.security_groups is None else "subnets"
        source = _API + "VpcConfig.html"
        yield _problem(f"network.{missing}", "a model in a VPC names its subnets and security groups", "add it", source)


def _scaling(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.kind == "serverless":
        return
    scaling, most = spec.scaling, spec.scaling.effective_max
    if scaling.min == 0 and spec.kind == "real-time":
        reason = "is 0: real-time instances always run, but for inference components"
        yield _problem("scaling.min", reason, "leave out instance_type= for serverless, or take asynchronous={…}", ZERO)
    if scaling.target is None and most > max(scaling.min, 1) and spec.effective_metric in _TARGET_NEEDED:
        text = f"is required where max ({most}) is above min: how many {_TARGET_NEEDED[spec.effective_metric]}"
        yield Problem("scaling.target", text)
    if spec.effective_metric == "cpu_percent":
        if (scaling.target or 0) > 100:
            yield Problem("scaling.target", f"is {scaling.target:g} percent of an instance's CPUs; at most 100")
        scaled = {spec.instances_of(variant) for variant in ("main", *spec.variants)}  # a shadow is not
        for name in sorted(filter(None, scaled)):
            if InstanceType(name).vcpus is None:
                text = f"the number of vCPUs of {name} is not known here; take requests_per_minute"
                yield Problem("scaling.metric", text)


_TARGET_NEEDED = {
    "requests_per_minute": "requests a minute shall one replica take",
    "concurrency": "requests at a time shall one replica take",
}


def _rollout(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    rollout, stated = spec.effective_rollout, str(spec.effective_rollout.strategy)
    for name, seconds in (("bake", rollout.bake_seconds), ("termination_wait", rollout.termination_wait_seconds)):
        if (seconds or 0) > 3600:
            yield _problem(f"rollout.{name}_seconds", f"is {seconds}, above 3600", "wait an hour at most", BLUE_GREEN)
    if stated == "all-at-once":
        return
    if spec.kind == "serverless":
        reason = f"{stated}: a serverless endpoint has no fleet to shift in steps"
        yield _problem("rollout.strategy", reason, "take all-at-once, or instance_type=", GUARDRAILS)
        return
    if spec.scaling.min < 2:
        reason = f"{stated} with scaling.min {spec.scaling.min}: a step is at most half of the replicas"
        yield _problem("rollout.strategy", reason, "take all-at-once, or scaling={'min': 2}", TRAFFIC)
    yield from _steps(rollout, stated)
    yield from _fleets(spec, stated)


def _steps(rollout: Rollout, stated: str) -> Iterator[Problem]:
    least, percent = {"linear": 10, "rolling": 5}.get(stated, 1), rollout.effective_percent
    if not least <= percent <= 50 or percent != int(percent):
        source = ROLLING if stated == "rolling" else TRAFFIC
        nearest = f"a step of {stated} is {least} to 50, a whole number"
        yield _problem("rollout.percent", f"is {percent:g}", nearest, source)
    waits = math.ceil(100 / percent) * rollout.effective_bake_seconds if stated != "canary" else 0
    if waits >= DEPLOYMENT_SECONDS:
        reason = f"its steps wait {waits} s together, and SageMaker gives a deployment up after {DEPLOYMENT_SECONDS} s"
        yield _problem("rollout.bake_seconds", reason, "lower it, or raise percent", BLUE_GREEN)
    if stated == "rolling" and rollout.termination_wait_seconds:
        reason = "a rolling update ends the old replicas batch by batch"
        yield _problem("rollout.termination_wait_seconds", reason, "leave it out, or take canary", ROLLING)


def _fleets(spec: ManagedEndpointSpec, stated: str) -> Iterator[Problem]:
    if stated == "rolling" and spec.variants:
        reason = "rolling with several variants is not done"
        yield _problem("rollout.strategy", reason, "take canary or linear", ROLLING)
    for name in sorted(spec.instance_types):
        if not InstanceType(name).guardrails:
            reason = f"{stated} on {name}: SageMaker would silently shift everything at once"
            yield _problem("rollout.strategy", reason, "take ml.inf2, or all-at-once", EXCLUSIONS)


def _limits(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    seconds, body = ANSWER_SECONDS[spec.kind], BODY_MB[spec.kind]
    if (spec.timeout_seconds or 0) > seconds:
        reason = f"is {spec.timeout_seconds:g}; a {spec.kind} endpoint waits {seconds} s for an answer"
        nearest = "split the work into several requests" if seconds == 3600 else "take asynchronous={…}, up to 3600 s"
        yield _problem("timeout_seconds", reason, nearest, QUOTAS)
    asked = spec.env.get("MODELBERTH_MAX_BODY_MB")
    if isinstance(asked, str) and asked.replace(".", "", 1).isdigit() and float(asked) > body:
        reason = f"is {asked}; a {spec.kind} endpoint takes bodies of {body} MB"
        nearest = "send a reference to S3 instead" if body == 1024 else "take asynchronous={…}, up to 1024 MB"
        yield _problem("env.MODELBERTH_MAX_BODY_MB", reason, nearest, QUOTAS)
    if spec.start_timeout_seconds is not None and not 60 <= spec.start_timeout_seconds <= 3600:
        yield _problem("start_timeout_seconds", f"is {spec.start_timeout_seconds}", "60 to 3600 are allowed", VARIANT)
    if spec.alarms is not None and (spec.alarms.no_invocations_minutes or 0) > 1440:
        source = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
        reason = f"is {spec.alarms.no_invocations_minutes}"
        yield _problem("alarms.no_invocations_minutes", reason, "an alarm looks back a day, 1440 minutes", source)
    if spec.capture is not None and spec.capture.percent != int(spec.capture.percent):
        source = _API + "DataCaptureConfig.html"
        yield _problem("capture.percent", f"is {spec.capture.percent:g}", "take a whole number", source)
    for variable, value in spec.env.items():
        if isinstance(value, str) and len(value) > ENVIRONMENT_VALUE:
            reason = f"has {len(value)} characters, above {ENVIRONMENT_VALUE}"
            yield _problem(f"env.{variable}", reason, "put it into a file of the bundle, or a secret", CONTAINER)
    if not any(isinstance(reference, pulumi.Output) for reference in spec.secrets.values()):
        length = len(json.dumps(spec.secrets))
        if length > ENVIRONMENT_VALUE:
            reason = f"their references have {length} characters together, above {ENVIRONMENT_VALUE}"
            yield _problem("secrets", reason, "keep several values as keys of one secret", CONTAINER)


def _platform(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.platform is None:
        return
    if spec.kind == "serverless" and spec.platform != "linux/amd64":
        yield _problem("platform", "serverless endpoints run linux/amd64", "leave it out", SERVERLESS)
    for name in sorted(spec.instance_types):
        other = InstanceType(name).platform
        if other != spec.platform:
            reason = f"{spec.platform} does not run on {name}, which is {other}"
            yield _problem("platform", reason, f"build the image for {other}, or take another instance", GRAVITON)


def _disk(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.volume_gb is None or spec.kind == "serverless":
        return
    if spec.volume_gb > 512:
        yield _problem(
            "volume_gb", f"is {spec.volume_gb}, above 512", "take an instance with a disk of its own", VARIANT
        )
    for name in sorted(spec.instance_types):
        if InstanceType(name).own_disk:
            reason = f"{name} has a disk of its own, whose size is fixed"
            yield _problem("volume_gb", reason, "leave it out", DISKS)


def _size(spec: ManagedEndpointSpec, variant: str, facts: BundleFacts) -> Iterator[Problem]:
    """The bundle's own bytes; its packages come on top, so what is refused here cannot fit."""
    field = {"": "bundle", "shadow": "shadow.bundle"}.get(variant, f"variants.{variant}.bundle")
    gigabytes = facts.size / 1e9
    if spec.kind == "serverless":
        if gigabytes > SERVERLESS_IMAGE_GB:
            reason = f"has {gigabytes:.1f} GB; the image of a serverless endpoint has {SERVERLESS_IMAGE_GB} at most"
            yield _problem(field, reason, "take instance_type=", SERVERLESS)
        models = sum(model.size for model in facts.models)
        memory = spec.effective_serverless.memory_mb
        if models > memory * 1024 * 1024:
            reason = f"its models have {models / 1024**2:.0f} MiB, more than the memory of {memory} MiB"
            yield _problem(field, reason, "raise serverless.memory_mb, or take instance_type=", SERVERLESS)
        return
    volume = spec.volume_gb or USUAL_VOLUME_GB
    if gigabytes > volume and not InstanceType(spec.instances_of(variant) or "").own_disk:
        reason = f"has {gigabytes:.1f} GB, more than the instance's volume of {volume} GB"
        yield _problem(field, reason, "give volume_gb=, up to 512", DISKS)
