"""What each target does with each field: one table, so that no field is silently ignored.

A field is honoured, recorded (it belongs to another target; one info line names it when it is given) or refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from pydantic import BaseModel

from modelberth_platform.spec.problems import Problem


class Support(Enum):
    """What a target does with a field."""

    HONOURED = "honoured"
    RECORDED = "recorded"
    REFUSED = "refused"


_H, _R, _X = Support.HONOURED, Support.RECORDED, Support.REFUSED

SUPPORT: dict[str, dict[str, Support]] = {
    "local": {
        "bundle": _H,
        "trust": _H,
        "api": _H,
        "env": _H,
        "secrets": _H,
        "tags": _H,
        "timeout_seconds": _H,
        "endpoint_name": _H,
        "scaling": _R,
        "scaling.min": _H,
        "rollout": _R,
        "access": _R,
        "callers": _R,
        "alarms": _R,
        "network": _R,
        "runtime": _R,
        "cpu": _R,
        "memory_mb": _R,
        "concurrency": _R,
        "provisioned": _R,
        "instance_type": _R,
        "serverless": _R,
        "asynchronous": _R,
        "capture": _R,
        "shadow": _R,
        "image": _X,
        "variants": _R,
        "start_timeout_seconds": _R,
        "volume_gb": _R,
        "platform": _R,
        "dashboard": _R,
        "role": _R,
        "bucket": _R,
        "key": _R,
    },
    "aws": {
        "bundle": _H,
        "trust": _H,
        "image": _H,
        "api": _H,
        "env": _H,
        "secrets": _H,
        "tags": _H,
        "timeout_seconds": _H,
        "endpoint_name": _H,
        "scaling": _H,
        "rollout": _H,
        "access": _H,
        "callers": _H,
        "alarms": _H,
        "network": _H,
        "instance_type": _H,
        "serverless": _H,
        "asynchronous": _H,
        "capture": _H,
        "shadow": _H,
        "variants": _H,
        "start_timeout_seconds": _H,
        "volume_gb": _H,
        "platform": _H,
        "dashboard": _H,
        "role": _H,
        "bucket": _H,
        "key": _H,
        "runtime": _X,
        "cpu": _X,
        "memory_mb": _X,
        "concurrency": _X,
        "provisioned": _X,
    },
}
"""By target, then by field; a nested field stands for itself, the others of its part for the part."""

REASONS: dict[tuple[str, str], str] = {
    ("local", "image"): "the local target runs bundles, not images; give bundle= here, and image= on a cloud's stack",
    **{
        ("aws", field): "this version serves a SelfHostedEndpoint on local alone; declare a ManagedEndpoint here"
        for field in ("runtime", "cpu", "memory_mb", "concurrency", "provisioned")
    },
}
"""Why a target refuses a field."""


def support_of(target: str, field: str) -> Support:
    """What the target does with the field; a nested one that the table does not name goes with its part."""
    row = SUPPORT[target]
    return row[field] if field in row else row[field.partition(".")[0]]


def refused(target: str, spec: BaseModel) -> list[Problem]:
    """A problem for each given field that the target refuses."""
    return [
        Problem(field, REASONS[target, field]) for field in _given(spec) if support_of(target, field) is Support.REFUSED
    ]


def recorded_only(target: str, spec: BaseModel) -> list[str]:
    """The given fields that the target only records."""
    return [field for field in _given(spec) if support_of(target, field) is Support.RECORDED]


def _given(spec: BaseModel) -> Iterable[str]:
    """The names of the fields that the caller gave; of a part that is honoured in pieces, each piece."""
    for field in spec.model_fields_set:
        value: Any = getattr(spec, field)
        if field == "scaling":
            yield from (f"scaling.{piece}" for piece in value.model_fields_set)
        else:
            yield field
