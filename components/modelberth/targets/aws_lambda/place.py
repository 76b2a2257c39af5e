"""Where an endpoint on Lambda stands, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place
from modelberth.targets.names import endpoint_name
from modelberth_platform.declaration import Declaration
from modelberth_platform.spec import SelfHostedEndpointSpec
from modelberth_platform.targets.aws_lambda import fronts, sizes
from modelberth_platform.targets.aws_lambda.limits import ANSWER_SECONDS
from modelberth_platform.targets.aws_lambda.names import LOGS, LONGEST


@dataclass(frozen=True)
class LambdaPlace(Place[SelfHostedEndpointSpec]):
    """The account, region and names of one endpoint on Lambda, and what follows from its declaration."""

    @classmethod
    def of(cls, component: pulumi.Resource, declaration: Declaration[SelfHostedEndpointSpec]) -> LambdaPlace:
        """Ask where the stack deploys."""
        name = endpoint_name(declaration, LONGEST - 1)
        return cls.asked(
            component,
            declaration,
            endpoint_name=name,
            log_group=LOGS + name,
            packages=lambda: _packages(declaration.spec),
        )

    @property
    def front(self) -> fronts.Front:
        """What stands in front of the function."""
        return fronts.front_of(self.spec, self.declaration.facts)

    @property
    def streams(self) -> bool:
        """Whether the declared API answers in pieces, and the front passes them on."""
        return fronts.streams(self.spec, self.declaration.facts)

    @property
    def platform(self) -> str:
        """The platform of the image and the function."""
        return self.spec.platform or "linux/amd64"

    @property
    def memory_mb(self) -> int:
        """The memory of a replica."""
        return sizes.memory_mb(self.spec, self.declaration.facts)

    @property
    def answer_seconds(self) -> float:
        """The time within which an answer must have begun."""
        return self.spec.timeout_seconds or min(60, ANSWER_SECONDS["function-url" if self.streams else self.front])

    @property
    def domain(self) -> str:
        """What the names of AWS's hosts end with in this partition."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    @property
    def public_tags(self) -> dict[str, str]:
        """The tag of what everybody may call: why."""
        public = self.spec.effective_access.public
        return {"modelberth:public": public.reason} if public is not None else {}

    def warn_of_what_is_public(self) -> None:
        """Say in the preview that everybody may call."""
        public = self.spec.effective_access.public
        if public is not None:
            text = f"{self.endpoint_name} is public: everybody may call it, unidentified ({public.reason})"
            pulumi.log.warn(text, resource=self.component)


def _packages(spec: SelfHostedEndpointSpec) -> None:
    """Load the modules that the declaration needs."""
    _ = aws.lambda_.Function
    private, network = spec.effective_access.kind == "private", spec.network
    _ = aws.apigateway.RestApi if private else aws.apigatewayv2.Api
    if spec.provisioned and spec.scaling.max is not None:
        _ = aws.appautoscaling.Target
    if private and network is not None and network.private_endpoint is None:
        _ = aws.ec2.VpcEndpoint
