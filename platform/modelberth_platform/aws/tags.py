"""Tags on AWS's resources."""

from __future__ import annotations

from collections.abc import Mapping

OWNER_TAG = "modelberth:endpoint"
"""The tag that names the endpoint which something is kept for."""


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the form that most of AWS's services take, in alphabetical order."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
