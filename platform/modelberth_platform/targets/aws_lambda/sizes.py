"""How much memory and scratch space a function gets where the declaration leaves it open."""

from __future__ import annotations

import math

from modelberth_platform.bundle import BundleFacts
from modelberth_platform.spec import SelfHostedEndpointSpec

MEMORY_OF_A_CPU_MB = 1769
"""Memory that comes with one virtual CPU (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)."""
LEAST_MEMORY_MB, MOST_MEMORY_MB = 128, 10240
LEAST_SCRATCH_MB, MOST_SCRATCH_MB = 512, 10240
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_RUNTIME_MB = 512
"""Python, BentoML and the libraries of a usual bundle."""
_COPIES = 2
"""A model is read and built up beside what was read."""
_STEP_MB = 256


def memory_mb(spec: SelfHostedEndpointSpec, facts: BundleFacts | None) -> int:
    """The declared memory in MiB; otherwise what the bundle's models need, and at least one virtual CPU's."""
    if spec.memory_mb is not None:
        return spec.memory_mb
    needed = _RUNTIME_MB + _COPIES * models_mb(facts)
    return min(max(MEMORY_OF_A_CPU_MB, _up(needed)), MOST_MEMORY_MB)


def scratch_mb(facts: BundleFacts | None) -> int:
    """The size of `/tmp` in MiB: models that unpack themselves find room for themselves beside Lambda's own 512 MiB."""
    return min(max(LEAST_SCRATCH_MB, _up(models_mb(facts))), MOST_SCRATCH_MB)


def threads(memory: int) -> int:
    """How many threads a numeric library shall start: one for each virtual CPU that the memory pays for."""
    return max(1, round(memory / MEMORY_OF_A_CPU_MB))


def models_mb(facts: BundleFacts | None) -> int:
    """The size of a bundle's models in MiB, rounded up; 0 where nothing is known."""
    return math.ceil(sum(model.size for model in facts.models) / 1024**2) if facts else 0


def _up(megabytes: int) -> int:
    return math.ceil(megabytes / _STEP_MB) * _STEP_MB
