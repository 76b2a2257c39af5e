"""What the name of a SageMaker instance type says about it.

Read from the name, since new types appear every month: `ml.`, the family, the size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

USUAL_VOLUME_GB = 30
"""The disk of an instance where none is asked for
(https://docs.aws.amazon.com/sagemaker/latest/dg/host-instance-storage.html)."""

_ODD_VCPUS = {"ml.c4.8xlarge": 36, "ml.c5.9xlarge": 36, "ml.c5.18xlarge": 72, "ml.c5d.18xlarge": 72}
_ACCELERATED = re.compile(r"(p|g|inf|trn|dl)\d")
_OWN_DISK = re.compile(r"(p4|p5|g4|g5|g6|trn|i\d|[a-z]\d+[a-z]*d[a-z]*$)")


def instance_type(text: str) -> str:
    """Give the name back, or raise a ValueError where no instance type is called so."""
    if not re.fullmatch(r"ml\.[a-z0-9-]+\.[a-z0-9]+", text):
        raise ValueError(f"{text!r} is no instance type for endpoints; they look like ml.c6i.large")
    return text


@dataclass(frozen=True)
class InstanceType:
    """An instance type by its name, such as `ml.c6i.large`."""

    name: str

    @property
    def family(self) -> str:
        """`c6i` of `ml.c6i.large`."""
        return self.name.split(".")[1]

    @property
    def platform(self) -> Literal["linux/amd64", "linux/arm64"]:
        """Graviton has a g behind the generation: c7g, m6gd
        (https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-graviton.html)."""
        return "linux/arm64" if re.match(r"[a-z]+\d+[a-z]*g", self.family) else "linux/amd64"

    @property
    def accelerated(self) -> bool:
        """With GPUs or AWS's own accelerators."""
        return _ACCELERATED.match(self.family) is not None

    @property
    def own_disk(self) -> bool:
        """With a local disk, whose size is the instance's."""
        return _OWN_DISK.match(self.family) is not None

    @property
    def guardrails(self) -> bool:
        """Whether rollouts in steps work; on Inf1 SageMaker silently shifts everything at once
        (https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html)."""
        return self.family != "inf1"

    @property
    def vcpus(self) -> int | None:
        """Its vCPUs, or None where the size does not say."""
        if self.name in _ODD_VCPUS:
            return _ODD_VCPUS[self.name]
        size = self.name.split(".")[2]
        if size == "large":
            return 2
        multiple = re.fullmatch(r"(\d*)xlarge", size)
        return 4 * int(multiple.group(1) or 1) if multiple else None
