"""Where an endpoint on SageMaker stands, and what SageMaker calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place
from modelberth.targets.names import endpoint_name
from modelberth_platform.declaration import Declaration
from modelberth_platform.spec import ManagedEndpointSpec
from modelberth_platform.targets.sagemaker.names import LOGS, LONGEST, invocation_url

_SUFFIX = {"real-time": "", "serverless": "serverless", "asynchronous": "async"}
"""What SageMaker cannot make of one another in place has different names, so that one stands beside the other."""


@dataclass(frozen=True)
class SageMakerPlace(Place[ManagedEndpointSpec]):
    """The account, region and names of one endpoint on SageMaker."""

    @classmethod
    def of(cls, component: pulumi.Resource, declaration: Declaration[ManagedEndpointSpec]) -> SageMakerPlace:
        """Ask where the stack deploys."""
        name = endpoint_name(declaration, LONGEST, _SUFFIX[declaration.spec.kind])
        return cls.asked(
            component,
            declaration,
            endpoint_name=name,
            log_group=LOGS + name,
            packages=lambda: (aws.sagemaker.Model, aws.appautoscaling.Target),
        )

    @property
    def variants(self) -> Iterator[str]:
        """The names of the production variants, the main one first."""
        yield "main"
        yield from self.spec.variants

    @property
    def endpoint_arn(self) -> str:
        """The endpoint's ARN, in which SageMaker writes its name in lower case
        (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html)."""
        return self.arn("sagemaker", f"endpoint/{self.endpoint_name.lower()}")

    @property
    def url(self) -> str:
        """Where a signed POST calls the declared API."""
        return invocation_url(self.endpoint_name, self.region, self.endpoint_arn, self.spec.kind)
