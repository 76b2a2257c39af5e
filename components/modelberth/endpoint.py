"""What both components have in common: the way from arguments to outputs."""

from collections.abc import Mapping
from typing import Any, Optional

import pulumi

from modelberth.targets import stand_up
from modelberth_platform.spec import Declaration, EndpointSpec, declare


class Endpoint(pulumi.ComponentResource):
    """A model service. The outputs are the same on every target."""

    url: pulumi.Output[str]
    """A POST of the declared API's request body to it answers with the prediction."""
    base_url: pulumi.Output[Optional[str]]
    """Where all of the Bento's routes are, or None where a target has only one."""
    endpoint_name: pulumi.Output[str]
    """The endpoint's physical name."""
    arn: pulumi.Output[Optional[str]]
    """Its Amazon Resource Name; None outside of AWS."""
    role_arn: pulumi.Output[Optional[str]]
    """The role it runs as; None outside of AWS."""
    bundle: pulumi.Output[dict[str, str]]
    """The `name`, `version` and `digest` of the bundle that it serves."""
    release: pulumi.Output[str]
    """The digest of what runs: the bundle and everything around it."""
    logs_url: pulumi.Output[Optional[str]]
    """Where its logs are."""
    dashboard_url: pulumi.Output[Optional[str]]
    """Its dashboard, where there is one."""

    def __init__(
        self,
        kind: str,
        spec: type[EndpointSpec],
        name: str,
        args: Optional[Mapping[str, Any]],
        opts: Optional[pulumi.ResourceOptions],
        keywords: Mapping[str, Any],
    ) -> None:
        declaration: Declaration[EndpointSpec] = declare(kind, name, spec, args, keywords)
        super().__init__(f"modelberth:index:{kind}", name, declaration.recorded(), opts)
        outputs = stand_up(self, declaration)
        self.url = pulumi.Output.from_input(outputs.url)
        self.base_url = pulumi.Output.from_input(outputs.base_url)
        self.endpoint_name = pulumi.Output.from_input(outputs.endpoint_name)
        self.arn = pulumi.Output.from_input(outputs.arn)
        self.role_arn = pulumi.Output.from_input(outputs.role_arn)
        self.bundle = pulumi.Output.from_input(_identity(declaration))
        self.release = pulumi.Output.from_input(outputs.release)
        self.logs_url = pulumi.Output.from_input(outputs.logs_url)
        self.dashboard_url = pulumi.Output.from_input(outputs.dashboard_url)
        self.register_outputs({output: getattr(self, output) for output in Endpoint.__annotations__})


def _identity(declaration: Declaration[EndpointSpec]) -> dict[str, str]:
    facts = declaration.bundle.facts
    return {"name": facts.name, "version": facts.version, "digest": facts.digest}
