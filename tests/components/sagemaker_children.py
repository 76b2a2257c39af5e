"""Declares a ManagedEndpoint on `modelberth:cloud: aws`, on mocks, for the tests of its children."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mocks import ACCOUNT, AWS, REGION, Declared, declare

from modelberth import ManagedEndpoint

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/shop@sha256:{'0' * 64}"
REAL: dict[str, Any] = {"image": IMAGE, "instance_type": "ml.m5.large"}
QUEUED: dict[str, Any] = {"image": IMAGE, "asynchronous": {"instance_type": "ml.m5.large"}}
SERVERLESS: dict[str, Any] = {"image": IMAGE}


def children(config: dict[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
    """The inputs of the children of an endpoint with these arguments, by name without the endpoint's."""
    declared, _ = declare(lambda: ManagedEndpoint("shop", **arguments), config or AWS)
    return {name.removeprefix("shop-"): child.inputs for name, child in declared.items() if child.custom}


def everything(echo: Path) -> tuple[dict[str, Declared], dict[str, Any]]:
    """The resources, by name, and the outputs of an endpoint that has every kind of child."""
    return declare(
        lambda: ManagedEndpoint(
            "shop",
            bundle=str(echo),
            api="echo",
            instance_type="ml.m5.large",
            scaling={"min": 2, "max": 4, "target": 100},
            capture={"percent": 20},
            alarms={"notify": "team@example.com", "no_invocations_minutes": 60, "owner": "shop-team"},
            variants={"challenger": {"bundle": str(echo), "weight": 0.1}},
            callers=[f"arn:aws:iam::{ACCOUNT}:role/apps/web", "210987654321", "events.amazonaws.com"],
            dashboard=True,
            tags={"team": "shop"},
        ),
        AWS,
    )
