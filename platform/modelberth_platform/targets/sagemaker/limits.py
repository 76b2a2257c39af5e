"""What SageMaker cannot do, or does differently than declared: refused before anything is asked of it.

Each problem says why, what comes nearest, and the page of AWS's documentation that says so.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import chain

import pulumi

from modelberth_platform.aws.limits import alarms
from modelberth_platform.bundle import BundleFacts
from modelberth_platform.spec.endpoint import ManagedEndpointSpec
from modelberth_platform.spec.parts import Rollout
from modelberth_platform.spec.problems import Problem, limit
from modelberth_platform.targets.sagemaker.instances import USUAL_VOLUME_GB, InstanceType
from modelberth_platform.targets.sagemaker.names import LONGEST
from modelberth_platform.targets.target import Candidate

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
MODEL = _API + "CreateModel.html"

LONGEST_PREFIX = LONGEST - len("-config-1234567")
"""Characters of a component's name, with a variant's behind it: what Pulumi appends must fit into SageMaker's limit."""

ENVIRONMENT_VALUE = 1024
"""Characters of one environment variable's value (`ContainerDefinition.Environment`)."""
SERVERLESS_IMAGE_GB = 10
ANSWER_SECONDS = {"real-time": 60, "serverless": 60, "asynchronous": 3600}
BODY_MB = {"real-time": 25, "serverless": 4, "asynchronous": 1024}
DEPLOYMENT_SECONDS = 28800
"""Until SageMaker gives a deployment up (`MaximumExecutionTimeoutInSeconds`)."""
ROLLBACK_ALARMS = 10
"""Alarms that one deployment may watch (`AutoRollbackConfig`)."""


def limits(candidate: Candidate) -> list[Problem]:
    """What of the declaration SageMaker refuses or would silently do otherwise."""
    spec: ManagedEndpointSpec = candidate.spec
    rules = (_serverless, _asynchronous, _variants, _isolation, _scaling, _rollout, _limits, _platform, _disk)
    problems = [*_names(candidate), *chain.from_iterable(rule(spec) for rule in rules)]
    for variant, facts in {"": candidate.facts, **candidate.variants}.items():
        if facts is not None:
            problems += _size(spec, variant, facts)
    return problems


def _names(candidate: Candidate) -> Iterator[Problem]:
    """Pulumi names models and configurations after the component, with a hyphen, a role and seven digits behind it."""
    for variant in ("", *candidate.spec.variants, *(["shadow"] if candidate.spec.shadow else [])):
        prefix = f"{candidate.name}-{variant}" if variant else candidate.name
        if not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9])*", prefix):
            nearest = re.sub(r"[^A-Za-z0-9]+", "-", candidate.name).strip("-")
            reason = f"{candidate.name!r} begins the names of its models, which have letters, digits and inner hyphens"
            yield limit("name", reason, f"call the component {nearest!r}" if nearest else "choose another", MODEL)
            return
        if len(prefix) > LONGEST_PREFIX:
            reason = f"{prefix!r} has {len(prefix)} characters and begins the names of its models and configurations"
            yield limit("name", reason, f"use at most {LONGEST_PREFIX}", MODEL)


def _serverless(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.kind != "serverless":
        return
    sizes = spec.effective_serverless
    if sizes.memory_mb % 1024 or not 1024 <= sizes.memory_mb <= 6144:
        allowed = "1024, 2048, 3072, 4096, 5120 or 6144"
        yield limit("serverless.memory_mb", f"is {sizes.memory_mb}", f"allowed are {allowed}", SERVERLESS)
    if sizes.max_concurrency > 200:
        reason = f"is {sizes.max_concurrency}, above 200"
        yield limit("serverless.max_concurrency", reason, "take instance_type= for more", SERVERLESS)
    if (sizes.provisioned_concurrency or 0) > sizes.max_concurrency:
        reason = f"is {sizes.provisioned_concurrency}, above max_concurrency, which is {sizes.max_concurrency}"
        yield limit("serverless.provisioned_concurrency", reason, "raise max_concurrency", SERVERLESS)
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
            yield limit(field, f"a serverless endpoint has no {what}", instances, SERVERLESS)
    if spec.scaling.model_fields_set:
        reason = "a serverless endpoint scales itself, from none to max_concurrency"
        yield limit("scaling", reason, "give serverless={'max_concurrency': …}, or instance_type=", SERVERLESS)


def _asynchronous(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.asynchronous is None:
        if spec.effective_metric == "backlog":
            nearest = "take requests_per_minute, or asynchronous={…}"
            yield limit("scaling.metric", "backlog: only asynchronous requests queue", nearest, ASYNCHRONOUS)
        return
    if (spec.asynchronous.max_concurrency or 0) > 1000:
        reason = f"is {spec.asynchronous.max_concurrency}, above 1000"
        source = _API + "AsyncInferenceClientConfig.html"
        yield limit("asynchronous.max_concurrency", reason, "raise scaling.max instead", source)
    if spec.shadow is not None:
        nearest = "compare two asynchronous endpoints instead"
        yield limit("shadow", "an asynchronous endpoint has no shadow variant", nearest, SHADOW)
    if spec.variants:
        nearest = "declare a second asynchronous endpoint"
        yield limit("variants", "an asynchronous endpoint has one variant", nearest, ASYNCHRONOUS)


def _variants(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    total = sum(variant.weight for variant in spec.variants.values())
    if total >= 1:
        text = f"their weights add up to {total:g}; keep the sum below 1, the rest is what bundle= answers"
        yield Problem("variants", text)
    alarms = 3 * (1 + len(spec.variants))
    if alarms > ROLLBACK_ALARMS:
        reason = f"an update would watch {alarms} alarms, three of each variant"
        source = _API + "AutoRollbackConfig.html"
        yield limit("variants", reason, f"SageMaker watches {ROLLBACK_ALARMS}: keep two variants", source)
    if spec.variants and spec.shadow is not None:
        nearest = "keep one of variants and shadow"
        yield limit("shadow", "an endpoint with a shadow has one production variant", nearest, SHADOW)


def _isolation(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    network = spec.network
    if network is None:
        return
    if network.isolated and spec.secrets:
        reason = "a container without network cannot fetch a secret"
        yield limit("secrets", reason, "leave out network.isolated, and give subnets of your own", ISOLATION)
    if (network.subnets is None) != (network.security_groups is None):
        missing = "security_groups" if network.security_groups is None else "subnets"
        source = _API + "VpcConfig.html"
        yield limit(f"network.{missing}", "a model in a VPC names its subnets and security groups", "add it", source)


def _scaling(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.kind == "serverless":
        return
    scaling, most = spec.scaling, spec.scaling.effective_max
    if scaling.min == 0 and spec.kind == "real-time":
        reason = "is 0: real-time instances always run, but for inference components"
        yield limit("scaling.min", reason, "leave out instance_type= for serverless, or take asynchronous={…}", ZERO)
    if scaling.target is None and most > scaling.min and spec.effective_metric in _TARGET_NEEDED:
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
            yield limit(f"rollout.{name}_seconds", f"is {seconds}, above 3600", "wait an hour at most", BLUE_GREEN)
    if stated == "all-at-once":
        return
    if spec.kind == "serverless":
        reason = f"{stated}: a serverless endpoint has no fleet to shift in steps"
        yield limit("rollout.strategy", reason, "take all-at-once, or instance_type=", GUARDRAILS)
        return
    if spec.scaling.min < 2:
        reason = f"{stated} with scaling.min {spec.scaling.min}: a step is at most half of the replicas"
        yield limit("rollout.strategy", reason, "take all-at-once, or scaling={'min': 2}", TRAFFIC)
    yield from _steps(rollout, stated)
    yield from _fleets(spec, stated)


def _steps(rollout: Rollout, stated: str) -> Iterator[Problem]:
    least, percent = {"linear": 10, "rolling": 5}.get(stated, 1), rollout.effective_percent
    if not least <= percent <= 50 or percent != int(percent):
        source = ROLLING if stated == "rolling" else TRAFFIC
        nearest = f"a step of {stated} is {least} to 50, a whole number"
        yield limit("rollout.percent", f"is {percent:g}", nearest, source)
    waits = math.ceil(100 / percent) * rollout.effective_bake_seconds if stated != "canary" else 0
    if waits >= DEPLOYMENT_SECONDS:
        reason = f"its steps wait {waits} s together, and SageMaker gives a deployment up after {DEPLOYMENT_SECONDS} s"
        yield limit("rollout.bake_seconds", reason, "lower it, or raise percent", BLUE_GREEN)
    if stated == "rolling" and rollout.termination_wait_seconds:
        reason = "a rolling update ends the old replicas batch by batch"
        yield limit("rollout.termination_wait_seconds", reason, "leave it out, or take canary", ROLLING)


def _fleets(spec: ManagedEndpointSpec, stated: str) -> Iterator[Problem]:
    if stated == "rolling" and spec.variants:
        reason = "rolling with several variants is not done"
        yield limit("rollout.strategy", reason, "take canary or linear", ROLLING)
    for name in sorted(spec.instance_types):
        if not InstanceType(name).guardrails:
            reason = f"{stated} on {name}: SageMaker would silently shift everything at once"
            yield limit("rollout.strategy", reason, "take ml.inf2, or all-at-once", EXCLUSIONS)


def _limits(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    seconds, body = ANSWER_SECONDS[spec.kind], BODY_MB[spec.kind]
    if (spec.timeout_seconds or 0) > seconds:
        reason = f"is {spec.timeout_seconds:g}; {spec.kind} endpoints wait {seconds} s for an answer"
        nearest = "split the work into several requests" if seconds == 3600 else "take asynchronous={…}, up to 3600 s"
        yield limit("timeout_seconds", reason, nearest, QUOTAS)
    megabytes = spec.env.get("MODELBERTH_MAX_BODY_MB")
    if isinstance(megabytes, str) and megabytes.replace(".", "", 1).isdigit() and float(megabytes) > body:
        reason = f"is {megabytes}; {spec.kind} endpoints take bodies of {body} MB"
        nearest = "send a reference to S3 instead" if body == 1024 else "take asynchronous={…}, up to 1024 MB"
        yield limit("env.MODELBERTH_MAX_BODY_MB", reason, nearest, QUOTAS)
    if spec.start_timeout_seconds is not None and not 60 <= spec.start_timeout_seconds <= 3600:
        yield limit("start_timeout_seconds", f"is {spec.start_timeout_seconds}", "60 to 3600 are allowed", VARIANT)
    yield from alarms(spec)
    if spec.capture is not None and spec.capture.percent != int(spec.capture.percent):
        source = _API + "DataCaptureConfig.html"
        yield limit("capture.percent", f"is {spec.capture.percent:g}", "take a whole number", source)
    for variable, value in spec.env.items():
        if isinstance(value, str) and len(value) > ENVIRONMENT_VALUE:
            reason = f"has {len(value)} characters, above {ENVIRONMENT_VALUE}"
            yield limit(f"env.{variable}", reason, "put it into a file of the bundle, or a secret", CONTAINER)
    if not any(isinstance(reference, pulumi.Output) for reference in spec.secrets.values()):
        length = len(json.dumps(spec.secrets))
        if length > ENVIRONMENT_VALUE:
            reason = f"their references have {length} characters together, above {ENVIRONMENT_VALUE}"
            yield limit("secrets", reason, "keep several values as keys of one secret", CONTAINER)


def _platform(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.platform is None:
        return
    if spec.kind == "serverless" and spec.platform != "linux/amd64":
        yield limit("platform", "serverless endpoints run linux/amd64", "leave it out", SERVERLESS)
    for name in sorted(spec.instance_types):
        other = InstanceType(name).platform
        if other != spec.platform:
            reason = f"{spec.platform} does not run on {name}, which is {other}"
            yield limit("platform", reason, f"build the image for {other}, or take another instance", GRAVITON)


def _disk(spec: ManagedEndpointSpec) -> Iterator[Problem]:
    if spec.volume_gb is None or spec.kind == "serverless":
        return
    if spec.volume_gb > 512:
        yield limit("volume_gb", f"is {spec.volume_gb}, above 512", "take an instance with a disk of its own", VARIANT)
    for name in sorted(spec.instance_types):
        if InstanceType(name).own_disk:
            reason = f"{name} has a disk of its own, whose size is fixed"
            yield limit("volume_gb", reason, "leave it out", DISKS)


def _size(spec: ManagedEndpointSpec, variant: str, facts: BundleFacts) -> Iterator[Problem]:
    """The bundle's own bytes; its packages come on top, so what is refused here cannot fit."""
    field = {"": "bundle", "shadow": "shadow.bundle"}.get(variant, f"variants.{variant}.bundle")
    gigabytes = facts.size / 1e9
    if spec.kind == "serverless":
        if gigabytes > SERVERLESS_IMAGE_GB:
            reason = f"has {gigabytes:.1f} GB; the image of a serverless endpoint has {SERVERLESS_IMAGE_GB} at most"
            yield limit(field, reason, "take instance_type=", SERVERLESS)
        models = sum(model.size for model in facts.models)
        memory = spec.effective_serverless.memory_mb
        if models > memory * 1024 * 1024:
            reason = f"its models have {models / 1024**2:.0f} MiB, more than the memory of {memory} MiB"
            yield limit(field, reason, "raise serverless.memory_mb, or take instance_type=", SERVERLESS)
        return
    volume = spec.volume_gb or USUAL_VOLUME_GB
    if gigabytes > volume and not InstanceType(spec.instances_of(variant) or "").own_disk:
        reason = f"has {gigabytes:.1f} GB, more than the instance's volume of {volume} GB"
        yield limit(field, reason, "give volume_gb=, up to 512", DISKS)
