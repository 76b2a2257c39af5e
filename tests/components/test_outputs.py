"""The outputs of an endpoint, each of them, and whom it lets call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from mocks import ACCOUNT, AWS, REGION, declare
from sagemaker_children import QUEUED, REAL, SERVERLESS, children

from modelberth import ManagedEndpoint
from modelberth.targets.image import CONTEXTS
from modelberth_platform.bundle import resolve

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")


@pytest.mark.parametrize(
    ("arguments", "name", "path"),
    [
        (REAL, "shop-shop-dev", "invocations"),
        (SERVERLESS, "shop-shop-dev-serverless", "invocations"),
        (QUEUED, "shop-shop-dev-async", "async-invocations"),
    ],
)
def test_all_outputs_in_a_cloud(arguments: dict[str, Any], name: str, path: str) -> None:
    _, outputs = declare(lambda: ManagedEndpoint("shop", **arguments, callers=["events.amazonaws.com"]), AWS)
    log_group = f"$252Faws$252Fsagemaker$252FEndpoints$252F{name}"
    console = f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}"
    assert {key: value for key, value in outputs.items() if key != "urn"} == {
        "url": f"https://runtime.sagemaker.{REGION}.amazonaws.com/endpoints/{name}/{path}",
        "base_url": None,
        "endpoint_name": name,
        "arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name}",
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/shop-role-1a2b3c4",
        "bundle": None,
        "release": f"sha256:{'0' * 64}",
        "logs_url": f"{console}#logsV2:log-groups/log-group/{log_group}",
        "dashboard_url": None,
        "invoker_role_arn": f"arn:aws:iam::{ACCOUNT}:role/shop-invoker-1a2b3c4",
    }


def test_all_outputs_on_this_machine(echo: Path) -> None:
    declared, outputs = declare(lambda: ManagedEndpoint("shop", bundle="echo", api="echo"))
    facts = resolve("echo").facts
    assert {key: value for key, value in outputs.items() if key != "urn"} == {
        "url": "http://127.0.0.1:20000/invocations",
        "base_url": "http://127.0.0.1:20000",
        "endpoint_name": "shop-shop-dev",
        "arn": None,
        "role_arn": None,
        "bundle": {"name": "echo", "version": facts.version, "digest": facts.digest},
        "release": declared["shop-server"].inputs["release"],
        "logs_url": "file:///state/endpoint/logs/endpoint.log",
        "dashboard_url": None,
        "invoker_role_arn": None,
    }


def test_a_grant_without_identities_does_nothing(echo: Path) -> None:
    def program() -> ManagedEndpoint:
        endpoint = ManagedEndpoint("shop", bundle="echo", api="echo")
        endpoint.grant_invoke("web")
        return endpoint

    declared, _ = declare(program)
    assert {name for name, child in declared.items() if child.custom} == {"shop-slot", "shop-server"}


def test_a_grant_is_named_after_its_role_or_as_it_says() -> None:
    def program() -> ManagedEndpoint:
        endpoint = ManagedEndpoint("shop", **REAL)
        endpoint.grant_invoke("plain")
        endpoint.grant_invoke(f"arn:aws:iam::{ACCOUNT}:role/apps/web", name="site")
        endpoint.grant_invoke(pulumi.Output.from_input(f"arn:aws:iam::{ACCOUNT}:role/apps/worker"), name="worker")
        return endpoint

    declared, _ = declare(program, AWS)
    granted = {name: child.inputs["role"] for name, child in declared.items() if "-invoke-" in name}
    assert granted == {"shop-invoke-plain": "plain", "shop-invoke-site": "web", "shop-invoke-worker": "worker"}


def test_a_grant_to_a_role_that_nobody_knows_yet_says_what_it_needs() -> None:
    def program() -> None:
        ManagedEndpoint("shop", **REAL).grant_invoke(pulumi.Output.from_input("made-here"))

    with pytest.raises(TypeError, match=r"^grant_invoke of a role that is an Output needs name=, with which .* ends$"):
        declare(program, AWS)


def test_images_are_built_as_the_stack_says(echo: Path, program_folder: Path) -> None:
    settings = '{"base": "ours/python:3.11", "build_base": "ours/build:3.11", "network": "host"}'
    config = {**AWS, "modelberth:images": settings}
    inputs = children(config, bundle=str(echo), api="echo", instance_type="ml.m5.large")
    build = inputs["image"]["build"]
    assert (build["network"], inputs["image-tag"]["build"]["network"]) == ("host", "host")
    assert build["builderVersion"] == "BuilderBuildKit"
    context = Path(build["context"])
    assert context.parent == CONTEXTS, "the same on every machine"
    assert build["dockerfile"] == str(context / "Dockerfile")
    stages = [line for line in (program_folder / build["dockerfile"]).read_text().splitlines() if "FROM" in line]
    assert "ours/build:3.11" in stages[0]
    assert "ours/python:3.11" in stages[-1]
    assert (program_folder / ".modelberth" / ".gitignore").read_text() == "*\n"


def test_images_are_built_as_usual(echo: Path) -> None:
    inputs = children(bundle=str(echo), api="echo", instance_type="ml.m5.large")
    assert "network" not in inputs["image"]["build"]
    assert inputs["image-tag"]["build"].keys() == {"tag", "context", "platform"}


def test_what_git_ignores_stays_as_it_is(echo: Path, program_folder: Path) -> None:
    ignore = program_folder / ".modelberth" / ".gitignore"
    ignore.parent.mkdir()
    ignore.write_text("images\n")
    children(bundle=str(echo), api="echo", instance_type="ml.m5.large")
    assert ignore.read_text() == "images\n"


def test_a_streaming_api_may_be_called_as_one(echo: Path, single: Path) -> None:
    actions = ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
    callers = [f"arn:aws:iam::{ACCOUNT}:role/web"]
    inputs = children(bundle=str(echo), api="echo", instance_type="ml.m5.large", callers=callers)
    assert all(action in inputs["invoke-web"]["policy"] for action in actions)
    for served in (REAL, {"bundle": str(single), "instance_type": "ml.m5.large"}):
        assert actions[1] not in children(**served, callers=callers)["invoke-web"]["policy"]


def test_what_is_written_is_the_same_whatever_the_order_of_the_secrets() -> None:
    names = ["f", "e", "d", "c", "b", "a"]
    kinds = {"secretsmanager": "secret:{}-AbCdEf", "ssm": "parameter/{}"}
    arns = [f"arn:aws:{kind}:{REGION}:{ACCOUNT}:{end}" for kind, end in kinds.items()]
    secrets = {f"{name}{number}": arn.format(name) for number, arn in enumerate(arns) for name in names}
    inputs = children(**REAL, secrets=secrets)
    written = inputs["model"]["primaryContainer"]["environment"]["MODELBERTH_SECRETS"]
    assert written == json.dumps(secrets, sort_keys=True)
    statements = {each["Sid"]: each["Resource"] for each in json.loads(inputs["policy"]["policy"])["Statement"]}
    assert statements["ReadItsSecrets"] == [arns[0].format(name) for name in sorted(names)]
    assert statements["ReadItsParameters"] == [arns[1].format(name) for name in sorted(names)]
