"""Where an endpoint stands: account, region, names, tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import pulumi
import pulumi_aws as aws

from modelberth.targets.names import endpoint_name, fitting, own_tags
from modelberth.targets.sagemaker.loading import load_while_waiting
from modelberth_platform.sagemaker.names import LOGS, OWNER_TAG, invocation_url
from modelberth_platform.spec import Declaration, ManagedEndpointSpec

_SUFFIX = {"real-time": "", "serverless": "serverless", "asynchronous": "async"}
"""What SageMaker cannot make of one another in place has different names, so that one stands beside the other."""


@dataclass(frozen=True)
class Place:
    """One endpoint's account, region and names; every child is declared from here.

    Attributes:
        component: the parent of every child.
        declaration: what is stood up.
        account: id of the account.
        region: such as `eu-central-1`.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        endpoint_name: its physical name.
    """

    component: pulumi.Resource
    declaration: Declaration[ManagedEndpointSpec]
    account: str
    region: str
    partition: str
    endpoint_name: str

    @classmethod
    def of(cls, component: pulumi.Resource, declaration: Declaration[ManagedEndpointSpec]) -> Place:
        """Ask the stack's own provider where it deploys: plain values, so that a preview shows names, not unknowns."""
        opts = pulumi.InvokeOptions(parent=component)
        load_while_waiting()
        caller = aws.get_caller_identity(opts=opts)
        region = aws.get_region(opts=opts).region
        name = endpoint_name(declaration, _SUFFIX[declaration.spec.kind])
        partition = caller.arn.split(":")[1]
        return cls(component, declaration, caller.account_id, region, partition, name)

    @property
    def spec(self) -> ManagedEndpointSpec:
        """The declaration's arguments."""
        return self.declaration.spec

    @property
    def variants(self) -> Iterator[str]:
        """The names of the production variants, the main one first."""
        yield "main"
        yield from self.spec.variants

    def child(self, role: str, variant: str = "main") -> str:
        """A child's name, `NAME-ROLE`; of another variant `NAME-VARIANT-ROLE`."""
        return f"{self.prefix(variant)}-{role}"

    def prefix(self, variant: str = "main") -> str:
        """What the names of a variant's children begin with."""
        return self.declaration.name if variant == "main" else f"{self.declaration.name}-{variant}"

    def opts(self, **natural: object) -> pulumi.ResourceOptions:
        """A child's options: its parent, and what its nature demands."""
        return pulumi.ResourceOptions(parent=self.component, **natural)  # type: ignore[arg-type]

    def tags(self, more: Mapping[str, str] | None = None) -> dict[str, pulumi.Input[str]]:
        """The tags of a child: whose it is. What a release changes is tagged on what a release replaces."""
        facts, alarms = self.declaration.facts, self.spec.alarms
        return {
            **own_tags(self.declaration),
            **({"modelberth:bundle": facts.name} if facts else {}),
            **({"owner": alarms.owner} if alarms and alarms.owner else {}),
            **(more or {}),
            **self.spec.tags,
        }

    def release_tags(self, variant: str, release: str) -> dict[str, pulumi.Input[str]]:
        """The tags of what belongs to one release: the endpoint that it is kept for, version and digests."""
        others = self.declaration.others
        facts = others[variant].facts if variant in others else self.declaration.facts
        served = {"modelberth:version": facts.version, "modelberth:digest": facts.digest} if facts else {}
        return self.tags({OWNER_TAG: self.endpoint_name, "modelberth:release": release, **served})

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """An ARN in this account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account}:{resource}"

    @property
    def endpoint_arn(self) -> str:
        """SageMaker writes the names of endpoints in lower case in their ARNs
        (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html)."""
        return self.arn("sagemaker", f"endpoint/{self.endpoint_name.lower()}")

    @property
    def url(self) -> str:
        """Where a signed POST calls the declared API."""
        return invocation_url(self.endpoint_name, self.region, self.endpoint_arn, self.spec.kind)

    @property
    def repository_name(self) -> str:
        """The same for every kind of endpoint."""
        names = [pulumi.get_project(), f"{self.declaration.name}-{pulumi.get_stack()}"]
        return "/".join(fitting(name, 100).lower() for name in names)

    @property
    def log_group(self) -> str:
        """Where SageMaker writes what the containers print."""
        return LOGS + self.endpoint_name

    @property
    def logs_url(self) -> str:
        """The log in the console."""
        group = quote(quote(self.log_group, safe=""), safe="").replace("%", "$")
        return f"{self.console}/cloudwatch/home?region={self.region}#logsV2:log-groups/log-group/{group}"

    @property
    def console(self) -> str:
        """The console of this partition and region."""
        hosts = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
        return f"https://{self.region}.{hosts.get(self.partition, 'console.aws.amazon.com')}"
