"""Where an endpoint on SageMaker records: captured requests, and the answers and errors of queued ones."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelberth.targets.aws.bucket import Bucket, declare_bucket
from modelberth.targets.sagemaker.place import SageMakerPlace
from modelberth_platform.aws.formats import s3_prefix


@dataclass(frozen=True)
class Storage:
    """Prefixes in S3, `s3://BUCKET/PREFIX` each; None where nothing is written.

    Attributes:
        capture: of recorded requests and answers.
        output: of asynchronous answers; requests are read from below it.
        failure: of asynchronous errors.
        needs: what must be there before the endpoint.
    """

    capture: pulumi.Input[str] | None = None
    output: pulumi.Input[str] | None = None
    failure: pulumi.Input[str] | None = None
    needs: tuple[pulumi.Resource, ...] = ()

    @property
    def written(self) -> list[pulumi.Input[str]]:
        """The prefixes that the role writes to."""
        return [prefix for prefix in (self.capture, self.output, self.failure) if prefix is not None]


def declare_storage(place: SageMakerPlace) -> Storage:
    """The prefixes that are asked for, below a bucket of the endpoint's own where the declaration names none."""
    asynchronous, capture = place.spec.asynchronous, place.spec.capture
    wanted: dict[str, pulumi.Input[str] | None] = {
        **({"capture": capture.destination} if capture else {}),
        **({"output": asynchronous.output, "failure": asynchronous.failure} if asynchronous else {}),
    }
    homeless = any(destination is None for destination in wanted.values())
    bucket = declare_bucket(place) if homeless else Bucket("")
    prefixes: dict[str, pulumi.Input[str]] = {
        kind: pulumi.Output.concat("s3://", bucket.name, f"/{place.endpoint_name}/{kind}")
        if destination is None
        else pulumi.Output.from_input(destination).apply(s3_prefix)
        for kind, destination in wanted.items()
    }
    return Storage(**prefixes, needs=bucket.needs)
