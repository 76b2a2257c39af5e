"""Computes physical names from strings, so that one resource can name another before that exists."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pulumi

from modelberth_platform.declaration import Declaration


def endpoint_name(declaration: Declaration[Any], limit: int, suffix: str = "") -> str:
    """The physical name of an endpoint: the declared `endpoint_name` as it is, or `{project}-{name}-{stack}`.

    Args:
        declaration: the declaration of the endpoint.
        limit: the most characters that the target allows; a longer name is cut.
        suffix: ends the name, for kinds of endpoints that cannot be turned into one another; none by default.
    """
    if declaration.spec.endpoint_name:
        return str(declaration.spec.endpoint_name)
    parts = [pulumi.get_project(), declaration.name, pulumi.get_stack(), *([suffix] if suffix else [])]
    return fitting("-".join(parts), limit)


def own_tags(declaration: Declaration[Any]) -> dict[str, str]:
    """The tags that tell the resources of this declaration from all others."""
    return {
        "modelberth:name": declaration.name,
        "modelberth:stack": f"{pulumi.get_project()}/{pulumi.get_stack()}",
    }


def fitting(text: str, limit: int) -> str:
    """The text in letters, digits and inner hyphens; if that is too long, it is cut and ends with a hash."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    if len(plain) <= limit:
        return plain
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{plain[: limit - 9].rstrip('-')}-{digest}"
