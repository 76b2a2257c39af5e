"""Where an endpoint stands on AWS: its account, region, names and tags. Every child is declared from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar
from urllib.parse import quote

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.loading import load_while_waiting
from modelberth.targets.names import fitting, own_tags
from modelberth_platform.aws.tags import OWNER_TAG
from modelberth_platform.declaration import Declaration
from modelberth_platform.spec import EndpointSpec

S = TypeVar("S", bound=EndpointSpec)


@dataclass(frozen=True)
class Place(Generic[S]):
    """One endpoint's account, region and names.

    Attributes:
        component: the parent of every child.
        declaration: what is stood up.
        endpoint_name: the endpoint's physical name.
        log_group: the name of the log group that its replicas print to.
        account: the account's twelve digits.
        region: such as `eu-central-1`.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
    """

    component: pulumi.Resource
    declaration: Declaration[S]
    endpoint_name: str
    log_group: str
    account: str
    region: str
    partition: str

    @classmethod
    def asked(
        cls,
        component: pulumi.Resource,
        declaration: Declaration[S],
        *,
        endpoint_name: str,
        log_group: str,
        packages: Callable[[], object],
    ) -> Self:
        """Ask the stack's own provider where it deploys: plain values, so that a preview shows names, not unknowns.

        Args:
            component: the parent of every child.
            declaration: what is stood up.
            endpoint_name: the endpoint's physical name.
            log_group: the name of the log group that its replicas print to.
            packages: loads the modules of the provider package that the target needs, while an answer is waited for.
        """
        opts = pulumi.InvokeOptions(parent=component)
        load_while_waiting(packages)
        caller = aws.get_caller_identity(opts=opts)
        region = aws.get_region(opts=opts).region
        partition = caller.arn.split(":")[1]
        return cls(component, declaration, endpoint_name, log_group, caller.account_id, region, partition)

    @property
    def spec(self) -> S:
        """The declaration's arguments."""
        return self.declaration.spec

    def child(self, role: str, variant: str = "main") -> str:
        """The name of a child, `NAME-ROLE`; of another variant's child, `NAME-VARIANT-ROLE`."""
        return f"{self.prefix(variant)}-{role}"

    def prefix(self, variant: str = "main") -> str:
        """What the names of a variant's children begin with."""
        return self.declaration.name if variant == "main" else f"{self.declaration.name}-{variant}"

    def opts(
        self,
        *,
        depends_on: Sequence[pulumi.Resource] | None = None,
        ignore_changes: list[str] | None = None,
        retain_on_delete: bool | None = None,
    ) -> pulumi.ResourceOptions:
        """A child's options: its parent, and what its nature demands."""
        return pulumi.ResourceOptions(
            parent=self.component,
            depends_on=depends_on,
            ignore_changes=ignore_changes,
            retain_on_delete=retain_on_delete,
        )

    def tags(self, more: Mapping[str, str] | None = None) -> dict[str, pulumi.Input[str]]:
        """The tags of a child, which say whose it is. What a release changes is tagged on what a release replaces."""
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
        variants = self.declaration.variants
        facts = variants[variant].facts if variant in variants else self.declaration.facts
        served = {"modelberth:version": facts.version, "modelberth:digest": facts.digest} if facts else {}
        return self.tags({OWNER_TAG: self.endpoint_name, "modelberth:release": release, **served})

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """An ARN in this account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account}:{resource}"

    @property
    def repository_name(self) -> str:
        """The name of the endpoint's ECR repository, whatever kind of endpoint it is."""
        names = [pulumi.get_project(), f"{self.declaration.name}-{pulumi.get_stack()}"]
        return "/".join(fitting(name, 100).lower() for name in names)

    @property
    def logs_url(self) -> str:
        """The log group in the console."""
        group = quote(quote(self.log_group, safe=""), safe="").replace("%", "$")
        return f"{self.console}/cloudwatch/home?region={self.region}#logsV2:log-groups/log-group/{group}"

    @property
    def console(self) -> str:
        """The console of this partition and region."""
        hosts = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
        return f"https://{self.region}.{hosts.get(self.partition, 'console.aws.amazon.com')}"
