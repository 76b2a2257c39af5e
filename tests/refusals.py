"""What is refused, by names that say why: together the declarations meet every problem that modelberth tells of."""

from __future__ import annotations

from typing import Any

import pulumi
from declarations import IMAGE, LARGE, QUEUED, SECRET, TWO, Declaration
from mocks import LOCAL

from modelberth import ManagedEndpoint, SelfHostedEndpoint

SMALL_SHARE = {"bundle": "b", "weight": 0.1}
UNKNOWN_TYPE = "ml.p5.48metal"
HALF = {"bundle": "b", "weight": 0.5}


def _on(*types: str) -> dict[str, Any]:
    """A variant on each of these types of instances."""
    return {f"v{number}": {**SMALL_SHARE, "instance_type": name} for number, name in enumerate(types)}


LIMITS: dict[str, dict[str, Any]] = {
    "memory between two steps": {"serverless": {"memory_mb": 1500}},
    "memory above the greatest": {"serverless": {"memory_mb": 7168}},
    "concurrency above the greatest": {"serverless": {"max_concurrency": 201}},
    "more provisioned than concurrent": {"serverless": {"max_concurrency": 2, "provisioned_concurrency": 3}},
    "serverless, and all that needs instances": {
        "network": {"isolated": True},
        "capture": {"percent": 10},
        "shadow": {"bundle": "b"},
        "variants": {"b": SMALL_SHARE},
        "start_timeout_seconds": 600,
        "volume_gb": 600,
        "scaling": {"min": 2},
        "rollout": {"strategy": "canary"},
        "platform": "linux/arm64",
    },
    "serverless for too long": {"timeout_seconds": 61, "env": {"MODELBERTH_MAX_BODY_MB": "5"}},
    "a queue where nothing queues": {**LARGE, "scaling": {"metric": "backlog", "max": 3}},
    "queued requests, too many at a time": {"asynchronous": {**LARGE, "max_concurrency": 1001}},
    "queued requests in a shadow": {**QUEUED, "shadow": {"bundle": "b"}},
    "queued requests in variants": {**QUEUED, "variants": {"b": SMALL_SHARE}},
    "queued requests for too long": {**QUEUED, "timeout_seconds": 3601, "env": {"MODELBERTH_MAX_BODY_MB": "1025"}},
    "nothing left for the bundle": {**LARGE, "variants": {"b": HALF, "c": HALF}},
    "too many variants": {**LARGE, "variants": dict.fromkeys(("b", "c", "d"), SMALL_SHARE)},
    "variants beside a shadow": {**LARGE, "variants": {"b": SMALL_SHARE}, "shadow": {"bundle": "b"}},
    "secrets without a network": {**LARGE, "network": {"isolated": True}, "secrets": {"TOKEN": SECRET}},
    "subnets without security groups": {**LARGE, "network": {"subnets": ["a"]}},
    "security groups without subnets": {**LARGE, "network": {"security_groups": ["a"]}},
    "no instance at all": {**LARGE, "scaling": {"min": 0}},
    "no target for requests a minute": {**LARGE, "scaling": {"max": 3}},
    "no target for requests at a time": {**LARGE, "scaling": {"max": 3, "metric": "concurrency"}},
    "more than all of a CPU": {**LARGE, "scaling": {"max": 3, "metric": "cpu_percent", "target": 100.5}},
    "unknown vCPUs": {"instance_type": UNKNOWN_TYPE, "scaling": {"metric": "cpu_percent"}},
    "unknown vCPUs of variants": {
        **LARGE,
        "scaling": {"metric": "cpu_percent"},
        "variants": _on(*(f"ml.{family}9.metal" for family in "fedcba")),
    },
    "waiting too long": {**TWO, "rollout": {"bake_seconds": 3601, "termination_wait_seconds": 3601}},
    "steps of one replica": {**LARGE, "rollout": {"strategy": "rolling"}},
    "a canary above the half": {**TWO, "rollout": {"strategy": "canary", "percent": 51}},
    "a step of a fraction": {**TWO, "rollout": {"strategy": "canary", "percent": 12.5}},
    "a linear step too small": {**TWO, "rollout": {"strategy": "linear", "percent": 9}},
    "a rolling step too small": {**TWO, "rollout": {"strategy": "rolling", "percent": 4}},
    "steps for too long": {**TWO, "rollout": {"strategy": "linear", "percent": 10, "bake_seconds": 2880}},
    "rolling, and waiting": {**TWO, "rollout": {"strategy": "rolling", "termination_wait_seconds": 60}},
    "rolling over variants": {**TWO, "rollout": {"strategy": "rolling"}, "variants": {"b": SMALL_SHARE}},
    "steps on the first Inferentia": {
        "instance_type": "ml.inf1.xlarge",
        "scaling": {"min": 2},
        "variants": _on("ml.inf1.6xlarge", "ml.inf1.2xlarge"),
    },
    "real time for too long": {**LARGE, "timeout_seconds": 60.5, "env": {"MODELBERTH_MAX_BODY_MB": "25.5"}},
    "starting too fast": {**LARGE, "start_timeout_seconds": 59},
    "starting too slowly": {**LARGE, "start_timeout_seconds": 3601},
    "silence for more than a day": {**LARGE, "alarms": {"no_invocations_minutes": 1441}},
    "recording a fraction": {**LARGE, "capture": {"percent": 2.5}},
    "a long variable": {**LARGE, "env": {"WORDS": "x" * 1025}},
    "many secrets": {**LARGE, "secrets": {f"A{number}": SECRET for number in range(20)}},
    "an image for other instances": {
        **LARGE,
        "platform": "linux/amd64",
        "variants": _on("ml.m7g.large", "ml.c7g.large"),
    },
    "a volume too large": {**LARGE, "volume_gb": 513},
    "a volume beside disks": {
        "instance_type": "ml.g5.xlarge",
        "volume_gb": 100,
        "variants": _on("ml.g6.xlarge", "ml.g4dn.xlarge"),
    },
}
"""Arguments of a ManagedEndpoint on SageMaker that are right one by one and beyond a limit of SageMaker."""


def _local(**arguments: Any) -> Declaration:
    return Declaration(ManagedEndpoint, arguments, config=LOCAL)


def _configured(**config: str) -> Declaration:
    return Declaration(ManagedEndpoint, {}, config={f"modelberth:{key}": value for key, value in config.items()})


DECLARATIONS: dict[str, Declaration] = {
    "nothing to serve": _local(bundle=None),
    "two things to serve": _local(image=IMAGE, bundle="echo"),
    "a bundle that there is not": _local(bundle=5, api="classify"),
    "an API that there is not": _local(api="moon"),
    "none of several APIs": _local(api=None),
    "an argument misspelt": _local(scalling={"min": 1}),
    "an argument that there is not": _local(flavour="x"),
    "fields that there are not": _local(
        scaling={"flavour": 1}, rollout={"strategie": "canary"}, capture={"percents": 5}
    ),
    "values of another type": _local(scaling={"min": "two"}, tags=["a"], rollout={"strategy": "yolo"}, access="public"),
    "a number out of its range": _local(scaling={"min": -1}),
    "texts where a part is needed": _local(alarms="all", capture={}),
    "an Output where a plain value is needed": _local(instance_type=pulumi.Output.from_input("ml.m5.large")),
    "values that are not repeated": _local(env={"A": ["hunter2"]}, secrets={"B": 5}),
    "a range turned round": _local(scaling={"min": 3, "max": 2}),
    "a share where all moves at once": _local(rollout={"strategy": "all-at-once", "percent": 5}),
    "variables of modelberth's own": _local(env={"1ST": "x", "MODELBERTH_API": "x"}),
    "variables twice": _local(env={"A": "x", "B": "x", "C": "x"}, secrets={"B": "x", "A": "x"}),
    "variants with no names": _local(
        variants={"main": SMALL_SHARE, "shadow": SMALL_SHARE, "a_b": SMALL_SHARE, "a" * 33: SMALL_SHARE}
    ),
    "several kinds": _local(instance_type="ml.m5.large", serverless={}, asynchronous=LARGE),
    "an image by a tag": _local(image="repo/name:latest"),
    "an image whose digest is too long": _local(image=f"{IMAGE}0"),
    "an image on this machine": _local(image=IMAGE),
    "a secret that is not set": _local(secrets={"NOT_SET_HERE": SECRET}),
    "no cloud": _configured(),
    "another cloud": _configured(cloud="moon"),
    "a cloud of the future": _configured(cloud="gcp"),
    "another cloud of the future": _configured(cloud="azure"),
    "settings of another type": _configured(
        cloud="local",
        bundles='{"echo": 3}',
        ports='{"shop": 0}',
        images='{"bass": "x"}',
        check_clouds='["aws", "moon", "sagemaker"]',
    ),
    "settings that are no JSON": _configured(cloud="local", bundles="echo", ports="8123", images="x", check_clouds="x"),
    "the highest port and one more": _configured(cloud="local", ports='{"a": 65535, "b": 65536}'),
    "compute of one's own in a cloud": Declaration(SelfHostedEndpoint, {"image": IMAGE, "runtime": "ecs"}),
    "compute that there is not": Declaration(SelfHostedEndpoint, {"image": IMAGE, "runtime": "moon"}),
    "no compute": Declaration(SelfHostedEndpoint, {"image": IMAGE}),
    "a bundle that floats": Declaration(ManagedEndpoint, {"image": IMAGE, **LARGE, "shadow": {"bundle": "echo"}}),
    "forms of texts": Declaration(
        ManagedEndpoint,
        {
            "image": IMAGE,
            "instance_type": "m5.large",
            "callers": ["me"],
            "secrets": {"TOKEN": "hunter2"},
            "capture": {"percent": 5, "destination": "here"},
            "variants": {"b": {**SMALL_SHARE, "instance_type": "m5"}},
        },
    ),
    "a name with other letters": Declaration(ManagedEndpoint, {"image": IMAGE, **LARGE}, name="fraud_scoring.v2"),
    "a name without letters": Declaration(ManagedEndpoint, {"image": IMAGE, **LARGE}, name="__"),
    "a name too long": Declaration(ManagedEndpoint, {"image": IMAGE, **LARGE}, name="a" * 49),
    "what is only recorded": _local(
        instance_type="ml.m5.large",
        scaling={"min": 1, "max": 1},
        rollout={},
        tags={"team": "shop"},
        variants={"b": {"bundle": "nothing-of-that-name", "weight": 0.5}},
        shadow={"bundle": "nothing-of-that-name"},
    ),
    "what clouds would refuse": Declaration(
        ManagedEndpoint,
        {"capture": {"percent": 5}},
        config={**LOCAL, "modelberth:check_clouds": '["aws", "sagemaker", "local"]'},
    ),
    "what clouds would take": Declaration(
        ManagedEndpoint, {}, config={**LOCAL, "modelberth:check_clouds": '["aws", "sagemaker", "local"]'}
    ),
    "what a target would refuse in its texts alone": Declaration(
        ManagedEndpoint,
        {"instance_type": "m5.large", "scaling": {"min": 0}},
        config={**LOCAL, "modelberth:check_clouds": '["sagemaker"]'},
    ),
    "what clouds do not serve": Declaration(
        SelfHostedEndpoint,
        {"runtime": "lambda"},
        config={**LOCAL, "modelberth:check_clouds": '["aws", "sagemaker"]'},
    ),
}
"""Declarations of the bundle `echo` that are refused, or of which the stack is told something."""
