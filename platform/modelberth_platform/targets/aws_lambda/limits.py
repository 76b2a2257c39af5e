"""What Lambda cannot do, or does differently than declared: refused before anything is asked of it.

Each problem says why, what comes nearest, and the page of AWS's documentation that says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain

from modelberth_platform.aws.limits import alarms
from modelberth_platform.bundle import BundleFacts
from modelberth_platform.spec import Problem, SelfHostedEndpointSpec
from modelberth_platform.spec.problems import limit
from modelberth_platform.targets.aws_lambda import sizes
from modelberth_platform.targets.aws_lambda.access_limits import access
from modelberth_platform.targets.aws_lambda.fronts import declared_api, front_of, streams
from modelberth_platform.targets.aws_lambda.names import ERROR_RATE_PERCENT, LONGEST_COMPONENT
from modelberth_platform.targets.target import Candidate

_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
QUOTAS = _GUIDE + "gettingstarted-limits.html"
IMAGES = _GUIDE + "images-create.html"
MEMORY = _GUIDE + "configuration-memory.html"
VARIABLES = _GUIDE + "configuration-envvars.html"
CONCURRENCY = _GUIDE + "configuration-concurrency.html"
PROVISIONED = _GUIDE + "provisioned-concurrency.html"
SCALING = _GUIDE + "lambda-concurrency.html"
WEIGHTS = _GUIDE + "configuring-alias-routing.html"
NETWORK = _GUIDE + "configuration-vpc.html"
LIFE = _GUIDE + "lambda-runtime-environment.html"
STREAMING = _GUIDE + "configuration-response-streaming.html"
HTTP_API = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
REST_API = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"
)

IMAGE_GB = 10
PAYLOAD_MB = 6
VARIABLES_BYTES = 4096
ANSWER_SECONDS = {"http-api": 29, "rest-api": 28, "function-url": 899, "streamed-rest-api": 299}
"""Until an answer must begin: a second less than the front waits, and the function runs, so that the endpoint's own 504
comes first. A private REST API waits five minutes for a piece of a stream
(https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html)."""
VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
"""https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html"""
_ON_INSTANCES = "take ManagedEndpoint with instance_type="
_GPU_PACKAGES = re.compile(r"nvidia-|cupy|tensorrt|onnxruntime-gpu|faiss-gpu|vllm|bitsandbytes", re.IGNORECASE)
_RESERVED = frozenset(
    {"_HANDLER", "_X_AMZN_TRACE_ID", "TZ", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_ACCESS_KEY", "AWS_REGION"}
    | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EXECUTION_ENV", "AWS_DEFAULT_REGION"}
    | {"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"}
    | {"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"}
    | {"AWS_LAMBDA_RUNTIME_API"}
)
_OWN_VARIABLES = {"OMP_NUM_THREADS": "1", "MODELBERTH_API": "", "MODELBERTH_TIMEOUT_SECONDS": "29"}
"""What is set beside the declared ones, about."""


def limits(candidate: Candidate) -> list[Problem]:
    """What of the declaration Lambda refuses or would silently do otherwise."""
    spec, facts = candidate.spec, candidate.facts
    rules = (_sizes, _concurrency, _scaling, _rollout, _network, alarms)
    return [
        *_name(candidate.name),
        *chain.from_iterable(rule(spec) for rule in rules),
        *access(spec, streams(spec, facts)),
        *_time(spec, facts),
        *_variables(spec),
        *_image(spec),
        *(_bundle(spec, facts) if facts is not None else ()),
    ]


def _name(name: str) -> Iterator[Problem]:
    source = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"
    if not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9])*", name):
        nearest = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
        reason = f"{name!r} begins its function's name, which has letters, digits and inner hyphens"
        yield limit("name", reason, f"call the component {nearest!r}" if nearest else "choose another", source)
    elif len(name) > LONGEST_COMPONENT:
        reason = f"{name!r} has {len(name)} characters and begins its function's name"
        yield limit("name", reason, f"use at most {LONGEST_COMPONENT}", source)


def _sizes(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    least, most = sizes.LEAST_MEMORY_MB, sizes.MOST_MEMORY_MB
    if spec.memory_mb is not None and not least <= spec.memory_mb <= most:
        nearest = f"{least} to {most} are allowed" + (f"; {_ON_INSTANCES} for more" if spec.memory_mb > most else "")
        yield limit("memory_mb", f"is {spec.memory_mb}", nearest, MEMORY)


def _concurrency(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    most = max(spec.provisioned or 0, spec.scaling.max or 0) if spec.provisioned else 0
    if spec.concurrency is not None and most >= spec.concurrency:
        reason = f"is {spec.concurrency}, and {most} are kept warm: a new version could not be tried out beside them"
        yield limit("concurrency", reason, f"give at least {most + 1}, or leave it out", SCALING)


def _scaling(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    scaling = spec.scaling
    if not scaling.model_fields_set - {"min"}:
        return
    if not spec.provisioned:
        reason = "Lambda scales itself, from none to concurrency; only replicas that are kept warm have a range"
        yield limit("scaling", reason, "leave it out, or give provisioned=, the least of the range", SCALING)
        return
    if scaling.max is None or scaling.max <= spec.provisioned:
        reason = f"is {scaling.max}; provisioned, the least of the range, is {spec.provisioned}"
        yield limit("scaling.max", reason, "give a max above it, or leave scaling out", PROVISIONED)
    if scaling.metric not in (None, "concurrency"):
        reason = f"{scaling.metric}: warm replicas follow the requests at a time"
        yield limit("scaling.metric", reason, "take concurrency, or leave it out", PROVISIONED)
    if scaling.target is not None and not 0.1 <= scaling.target <= 0.9:
        reason = f"is {scaling.target:g}: the share of the warm replicas that is busy"
        yield limit("scaling.target", reason, "0.1 to 0.9 are allowed; 0.7 is the default", PROVISIONED)


def _rollout(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    rollout = spec.effective_rollout
    if rollout.strategy == "rolling":
        reason = "rolling: a version's share of the requests moves, and there are no replicas to replace"
        yield limit("rollout.strategy", reason, "take linear, which moves requests in equal steps", WEIGHTS)
    if rollout.percent is not None and not 1 <= rollout.percent <= 99:
        reason = f"is {rollout.percent:g}, the new version's share of the requests"
        yield limit("rollout.percent", reason, "1 to 99 are allowed; all-at-once moves all of them", WEIGHTS)
    failing = (spec.alarms.error_rate_percent if spec.alarms else None) or ERROR_RATE_PERCENT
    if rollout.strategy in ("canary", "linear") and rollout.effective_percent <= failing:
        reason = f"is {rollout.effective_percent:g}: if all of them fail, that is not above the alarm's {failing:g} %"
        yield limit("rollout.percent", reason, "raise it, or lower alarms.error_rate_percent", WEIGHTS)


def _network(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    network = spec.network
    if network is None:
        return
    if network.isolated:
        reason = "a function is not cut off by a setting"
        nearest = "give network.subnets without a route out, and a security group that lets nothing out"
        yield limit("network.isolated", reason, nearest, NETWORK)
    if (network.subnets is None) != (network.security_groups is None):
        missing = "security_groups" if network.security_groups is None else "subnets"
        reason = "a function in a VPC names its subnets and security groups"
        yield limit(f"network.{missing}", reason, "add it", NETWORK)


def _time(spec: SelfHostedEndpointSpec, facts: BundleFacts | None) -> Iterator[Problem]:
    front, streamed = front_of(spec, facts), streams(spec, facts)
    longest = ANSWER_SECONDS["streamed-rest-api" if front == "rest-api" and streamed else front]
    if (spec.timeout_seconds or 0) > longest:
        source = {"http-api": HTTP_API, "rest-api": REST_API}.get(front, QUOTAS)
        source = STREAMING if streamed else source
        reason = f"is {spec.timeout_seconds:g}; an answer begins within {longest} s here"
        nearest = "take ManagedEndpoint with instance_type=, up to 60 s, or with asynchronous={…}, up to 3600 s"
        yield limit("timeout_seconds", reason, nearest, source)
    api = declared_api(spec, facts)
    if api is not None and api.task:
        reason = f"{api.name} is a task, and a function is frozen after its answer"
        yield limit("api", reason, f"{_ON_INSTANCES}, or make it a plain API", LIFE)


def _variables(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    for name in spec.env:
        if name in _RESERVED:
            yield limit(f"env.{name}", "is a name that Lambda keeps for itself", "choose another", VARIABLES)
        elif not VARIABLE.fullmatch(name):
            reason = "begins with _ or has one letter, which Lambda does not take"
            yield limit(f"env.{name}", reason, "choose another", VARIABLES)
    references = {name: text for name, text in spec.secrets.items() if isinstance(text, str)}
    given = {**_OWN_VARIABLES, **spec.env, **({"MODELBERTH_SECRETS": json.dumps(references)} if references else {})}
    known = sum(len(name) + len(text.encode()) for name, text in given.items() if isinstance(text, str))
    if known > VARIABLES_BYTES:
        reason = f"its variables have {known} bytes together, above {VARIABLES_BYTES}"
        yield limit("env", reason, "put long ones into a file of the bundle, or a secret", VARIABLES)
    megabytes = spec.env.get("MODELBERTH_MAX_BODY_MB")
    if isinstance(megabytes, str) and megabytes.replace(".", "", 1).isdigit() and float(megabytes) > PAYLOAD_MB:
        nearest = f"send a reference to S3 instead, or {_ON_INSTANCES}, up to 25 MB"
        yield limit("env.MODELBERTH_MAX_BODY_MB", f"is {megabytes}; Lambda takes {PAYLOAD_MB} MB", nearest, QUOTAS)


def _image(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    if spec.image is not None and not re.match(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/", spec.image):
        reason = f"{spec.image.partition('@')[0]} is in no ECR repository, and Lambda takes images from ECR alone"
        yield limit("image", reason, "push it to ECR in the function's region, or give bundle=", IMAGES)


def _bundle(spec: SelfHostedEndpointSpec, facts: BundleFacts) -> Iterator[Problem]:
    gigabytes = facts.size / 1e9
    if gigabytes > IMAGE_GB:
        reason = f"has {gigabytes:.1f} GB; the image of a function has {IMAGE_GB} at most"
        yield limit("bundle", reason, _ON_INSTANCES, QUOTAS)
    memory, models = sizes.memory_mb(spec, facts), sizes.models_mb(facts)
    if models > memory:
        nearest = f"raise memory_mb, up to {sizes.MOST_MEMORY_MB}, or {_ON_INSTANCES}"
        yield limit("bundle", f"its models have {models} MiB, more than the memory of {memory} MiB", nearest, MEMORY)
    if gpu := sorted(filter(_GPU_PACKAGES.match, facts.packages)):
        nearest = "ManagedEndpoint with instance_type='ml.g5.xlarge' has one"
        yield limit("bundle", f"asks for {', '.join(gpu)}, and Lambda has no GPU", nearest, QUOTAS)
