"""The base of both components: the way from arguments to outputs."""

from collections.abc import Mapping
from typing import Any, Optional

import pulumi

from modelberth.targets import stand_up
from modelberth.uncollected import uncollected
from modelberth_platform.declaration import Declaration, declare
from modelberth_platform.spec import EndpointSpec


class Endpoint(pulumi.ComponentResource):
    """A model service, with the same outputs on every target."""

    url: pulumi.Output[str]
    """The URL that answers a POST of the declared API's request body with the prediction."""
    base_url: pulumi.Output[Optional[str]]
    """The URL below which all of the Bento's routes are; None on targets that have only one route."""
    endpoint_name: pulumi.Output[str]
    """The endpoint's physical name."""
    arn: pulumi.Output[Optional[str]]
    """The endpoint's Amazon Resource Name; None outside of AWS."""
    role_arn: pulumi.Output[Optional[str]]
    """The ARN of the role that the model's process runs as; None outside of AWS."""
    bundle: pulumi.Output[Optional[dict[str, str]]]
    """The `name`, `version` and `digest` of the bundle that is served; None where an image was given."""
    release: pulumi.Output[str]
    """The digest of what runs, `sha256:…`: of the bundle and all that is run with it, or of the given image."""
    logs_url: pulumi.Output[Optional[str]]
    """The URL of the endpoint's logs."""
    dashboard_url: pulumi.Output[Optional[str]]
    """The URL of the endpoint's dashboard; None without the argument `dashboard`."""
    invoker_role_arn: pulumi.Output[Optional[str]]
    """The ARN of the role that callers outside of the account assume; None where `callers` names none."""

    def __init__(
        self,
        kind: str,
        spec: type[EndpointSpec],
        name: str,
        args: Optional[Mapping[str, Any]],
        opts: Optional[pulumi.ResourceOptions],
        keywords: Mapping[str, Any],
    ) -> None:
        with uncollected():
            self._declare(kind, declare(kind, name, spec, args, keywords), opts)

    def _declare(
        self, kind: str, declaration: Declaration[EndpointSpec], opts: Optional[pulumi.ResourceOptions]
    ) -> None:
        super().__init__(f"modelberth:index:{kind}", declaration.name, declaration.recorded(), opts)
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
        self.invoker_role_arn = pulumi.Output.from_input(outputs.invoker_role_arn)
        self._grant_invoke = outputs.grant_invoke
        self.register_outputs({output: getattr(self, output) for output in Endpoint.__annotations__})

    def grant_invoke(self, role: pulumi.Input[str], name: Optional[str] = None) -> None:
        """Let a role call this endpoint and nothing else: on SageMaker by `sagemaker:InvokeEndpoint`, on Lambda by
        `execute-api:Invoke`, or the actions of a function's URL.

        On `local`, which has no identities, and where the access is `private` or `public`, it does nothing.

        Args:
            role: the role's name or ARN; it is in the endpoint's account (for others see the argument `callers`).
            name: the end of the name of the child that is declared, `ENDPOINT-invoke-NAME`; by default the role's name,
                required where `role` is an Output.

        Raises:
            TypeError: `role` is an Output and no `name` is given.
            DeclarationError: the endpoint's callers show tokens (`access={"jwt": …}`).
        """
        if name is None and not isinstance(role, str):
            raise TypeError("grant_invoke of a role that is an Output needs name=, with which the child's name ends")
        if self._grant_invoke is not None:
            role_name = pulumi.Output.from_input(role).apply(lambda name_or_arn: name_or_arn.rpartition("/")[2])
            self._grant_invoke(role_name, name or str(role).rpartition("/")[2])


def _identity(declaration: Declaration[EndpointSpec]) -> Optional[dict[str, str]]:
    facts = declaration.facts
    return {"name": facts.name, "version": facts.version, "digest": facts.digest} if facts else None
