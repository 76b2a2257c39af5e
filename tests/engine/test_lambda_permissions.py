"""What `modelberth check --permissions` prints allows all that a life of an endpoint on Lambda asks of AWS."""

from __future__ import annotations

import json
import subprocess
import sys
from fnmatch import fnmatchcase
from typing import Any

import pytest

from engine.cloud import FunctionStack
from engine.cloud import image_elsewhere as image
from engine.fate import FATE, ApiCall
from engine.test_lambda_fronts import forget_gateway_logs, let_gateway_log, network

QUICK: dict[str, Any] = {"rollout": {"bake_seconds": 0}, "throttle": {"requests_per_second": 5, "burst": 10}}
BEHIND_AN_HTTP_API: dict[str, Any] = {
    **QUICK,
    "alarms": {"notify": "team@example.com", "no_invocations_minutes": 60},
    "callers": ["210987654321"],
    "concurrency": 20,
    "dashboard": True,
    "provisioned": 2,
    "scaling": {"max": 8},
    "secrets": {"TOKEN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-AbCdEf"},
}
GATEWAY = "arn:aws:apigateway:eu-central-1::"


@pytest.mark.parametrize("private", [False, True], ids=["an HTTP API", "a private REST API"])
def test_whoever_deploys_may_do_all_that_is_done(function: FunctionStack, private: bool) -> None:
    if private:
        let_gateway_log()
        arguments, changed = {**QUICK, "access": "private", "network": network()}, {"tags": {"team": "shop"}}
    else:
        arguments, changed = BEHIND_AN_HTTP_API, {"memory_mb": 3008}
    function.arguments(image=image(1), **arguments)
    policy = printed(function)
    FATE.calls.clear()  # what has been asked so far is no deployer's
    function.deploy()
    function.deploy(image=image(2), **arguments, **changed)
    function.refresh()
    function.destroy()
    called = list(FATE.calls)
    assert {str(call) for call in called} >= {
        *("lambda:CreateFunction", "lambda:Invoke", "lambda:UpdateAlias", "lambda:DeleteFunction"),
        *("iam:CreateRole", "logs:CreateLogGroup", "cloudwatch:PutMetricAlarm", "sts:GetCallerIdentity"),
        *(("apigateway:PutRestApi", "ec2:CreateVpcEndpoint") if private else ("apigatewayv2:CreateRoute",)),
    }
    assert {call for call in called if not allows(policy, call)} == set()
    if private:
        forget_gateway_logs()


def printed(function: FunctionStack) -> dict[str, Any]:
    command = [sys.executable, "-m", "modelberth_platform.cli", "check", "--stack", "test", "--permissions"]
    finished = subprocess.run(command, cwd=function.folder, capture_output=True, text=True, timeout=120, check=True)
    policy: dict[str, Any] = json.loads(finished.stdout)
    return policy


def allows(policy: dict[str, Any], call: ApiCall) -> bool:
    """Whether the policy has the call's action; of API Gateway, whose actions are those of HTTP, on the call's path."""
    found = [resource for each in policy["Statement"] if call.action in each["Action"] for resource in each["Resource"]]
    if call.service.startswith("apigateway"):
        return any(fnmatchcase(GATEWAY + call.path.removeprefix("/v2"), resource) for resource in found)
    return bool(found)
