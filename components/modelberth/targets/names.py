"""Physical names, computed from strings so that one resource can name another before it exists."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pulumi

from modelberth_platform.spec import Declaration

LIMIT = 63
"""Of an endpoint's name on SageMaker (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html)."""


def endpoint_name(declaration: Declaration[Any], suffix: str = "") -> str:
    """`{project}-{name}-{stack}`, or the `endpoint_name` that was given, as it is.

    Args:
        declaration: whose endpoint.
        suffix: keeps endpoints apart that cannot become one another.
    """
    if declaration.spec.endpoint_name:
        return str(declaration.spec.endpoint_name)
    parts = [pulumi.get_project(), declaration.name, pulumi.get_stack(), *([suffix] if suffix else [])]
    return fitting("-".join(parts))


def own_tags(declaration: Declaration[Any]) -> dict[str, str]:
    """The tags that tell this declaration's things from all others."""
    return {
        "modelberth:name": declaration.name,
        "modelberth:stack": f"{pulumi.get_project()}/{pulumi.get_stack()}",
    }


def fitting(text: str, limit: int = LIMIT) -> str:
    """The text in letters, digits and inner hyphens; where it is too long, cut, with a hash of the whole."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    if len(plain) <= limit:
        return plain
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{plain[: limit - 9].rstrip('-')}-{digest}"
