"""What modelberth's own resources call of AWS, and what their deployer may."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name
from botocore.session import get_session
from conftest import ROOT

from modelberth_platform.planned import Child, PlannedEndpoint

PLATFORM = ROOT / "platform" / "modelberth_platform"
_CALL = re.compile(r'\b_?(cloudwatch|ecr|lambda|sagemaker)_?\.(?:get_(paginator|waiter)\("(\w+)"\)|(\w+)\()')
_AS_IAM_NAMES_IT = {"lambda:Invoke": "lambda:InvokeFunction"}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""


def calls(*files: str) -> set[str]:
    """The calls of AWS's clients in the files, such as `ecr.list_tags(`, `ecr.get_paginator("list_tags")` or
    `lambda_.get_waiter("function_active")`, as IAM names them."""
    found = set()
    for file in files:
        for service, kind, named, called in _CALL.findall((PLATFORM / file).read_text()):
            operation = _waited_for(service, named) if kind == "waiter" else _operation(service, named or called)
            found.add(_AS_IAM_NAMES_IT.get(operation, operation))
    return found


def _operation(service: str, method: str) -> str:
    """The operation behind a method of a client."""
    operations = get_session().get_service_model(service).operation_names
    (operation,) = (name for name in operations if xform_name(name) == method)
    return f"{service}:{operation}"


def _waited_for(service: str, waiter: str) -> str:
    """The operation that a waiter calls."""
    model = get_session().get_waiter_model(service)
    (name,) = (name for name in model.waiter_names if xform_name(name) == waiter)
    return f"{service}:{model.get_waiter(name).operation}"


def allowed(permissions: Callable[[PlannedEndpoint, Mapping[str, Any]], Any], *children: Child) -> dict[str, set[str]]:
    """The resources of each action that a target's permissions allow for these children."""
    found: dict[str, set[str]] = {}
    for statement in permissions(PlannedEndpoint("shop", {}, children), {}):
        for action in statement["Action"]:
            found.setdefault(action, set()).update(statement["Resource"])
    return found
