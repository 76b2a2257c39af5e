"""Looks at the endpoint of a `FunctionStack` by boto3, and makes its alarms ring."""

from __future__ import annotations

from typing import Any

from engine.cloud import FunctionStack, client
from engine.fate import FATE

QUICK: dict[str, Any] = {"rollout": {"bake_seconds": 0}}
CANARY: dict[str, Any] = {"rollout": {"strategy": "canary", "percent": 10, "bake_seconds": 3, "keep_previous": 1}}


def function_names() -> list[str]:
    return [str(function["FunctionName"]) for function in client("lambda").list_functions()["Functions"]]


def alias() -> dict[str, Any]:
    """The alias of the only function; empty where there is none."""
    try:
        return dict(client("lambda").get_alias(FunctionName=function_names()[0], Name="live"))
    except client("lambda").exceptions.ResourceNotFoundException:
        return {}


def weights() -> dict[str, float]:
    """The shares of the versions beside the alias's own."""
    return dict((alias().get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})


def version() -> str:
    return str(alias()["FunctionVersion"])


def image_in_service() -> str:
    """The image of the version that the alias points to."""
    function = client("lambda").get_function(FunctionName=function_names()[0], Qualifier=version())
    return str(function["Code"]["ImageUri"])


def versions() -> list[str]:
    listed = client("lambda").list_versions_by_function(FunctionName=function_names()[0])["Versions"]
    return [str(each["Version"]) for each in listed if each["Version"] != "$LATEST"]


def ring(name: str, state: str = "ALARM") -> None:
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def looks() -> int:
    """How often the alarms were looked at since the calls were forgotten."""
    return [str(call) for call in FATE.calls].count("cloudwatch:DescribeAlarms")


def alarm(function: FunctionStack, role: str = "errors") -> str:
    return f"{function.project}-shop-test-{role}"
