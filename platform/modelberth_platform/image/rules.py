"""What each target does with an image: its deadlines, memory and file system, and where its documentation says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Rules:
    """What a target does with an image.

    Attributes:
        role: the runtime's role: `serve` behind HTTP, or `lambda`.
        arguments: the arguments that the image's entry point gets.
        read_only: whether the root file system cannot be written; `/tmp` always can.
        memory_mb: a usual size of memory, where the caller names none.
        start_seconds: the time from the start to the first good answer of `/ping`, or to asking for the first event.
        invoke_seconds: the time that an answer may take, where the caller names none.
        stop_seconds: the time between SIGTERM and SIGKILL.
        max_image_gb: the largest size of an image, or None where the volume decides.
        source: the page that documents it.
        manifests: the media types of an image that it takes; all, if none is named.
        manifests_source: the page that says so.
        memory_of_a_cpu_mb: the memory in MB with which one vCPU comes, or None where CPU is chosen by itself.
        starts_again: whether a start that takes too long is ended, and made again within the time of the first answer.
    """

    role: Literal["serve", "lambda"]
    arguments: tuple[str, ...]
    read_only: bool
    memory_mb: int
    start_seconds: float
    invoke_seconds: float
    stop_seconds: float
    max_image_gb: float | None
    source: str
    manifests: tuple[str, ...] = ()
    manifests_source: str = ""
    memory_of_a_cpu_mb: float | None = None
    starts_again: bool = False

    @property
    def longest_start_seconds(self) -> float:
        """The time after which no start is of use any more."""
        return max(self.start_seconds, self.invoke_seconds) if self.starts_again else self.start_seconds

    def share_of_cpu(self, memory_mb: int) -> float | None:
        """The vCPUs that come with that much memory, or None where CPU is chosen by itself."""
        return memory_mb / self.memory_of_a_cpu_mb if self.memory_of_a_cpu_mb else None


RULES: dict[str, Rules] = {
    "sagemaker": Rules(
        role="serve",
        arguments=("serve",),
        read_only=False,
        memory_mb=2048,
        start_seconds=480,
        invoke_seconds=60,
        stop_seconds=120,
        max_image_gb=None,
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
        manifests=(DOCKER_MANIFEST,),
        manifests_source="https://github.com/aws/amazon-sagemaker-feedback/issues/180",
    ),
    "lambda": Rules(
        role="lambda",
        arguments=(),
        read_only=True,
        memory_mb=1024,
        start_seconds=10,  # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        invoke_seconds=30,
        stop_seconds=2,
        max_image_gb=10,
        source="https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        manifests=(DOCKER_MANIFEST, OCI_MANIFEST),
        manifests_source="https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        memory_of_a_cpu_mb=1769,  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
        starts_again=True,
    ),
    "ecs": Rules(
        role="serve",
        arguments=(),
        read_only=True,
        memory_mb=2048,
        start_seconds=300,
        invoke_seconds=60,
        stop_seconds=30,
        max_image_gb=None,
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
    ),
}
