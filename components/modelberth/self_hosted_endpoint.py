"""The component `SelfHostedEndpoint`: a model on compute of one's own."""

from typing import Any, Optional, Unpack, overload

import pulumi

from modelberth.arguments import SelfHostedEndpointArgs
from modelberth.endpoint import Endpoint
from modelberth_platform.spec import SelfHostedEndpointSpec


class SelfHostedEndpoint(Endpoint):
    """A model on compute that `runtime` names; on `local`, behind a supervised server of this machine.

    On functions, which cost nothing while idle:

        >>> endpoint = SelfHostedEndpoint("tumor", bundle="tumor", runtime="lambda", memory_mb=2048)

    On containers, which always run, with all of the Bento's routes below `base_url`:

        >>> endpoint = SelfHostedEndpoint(
        ...     "digits", bundle="digits", api="classify", runtime="ecs", cpu=1, scaling={"min": 2, "max": 6}
        ... )
        >>> pulumi.export("base_url", endpoint.base_url)

    With a deadline for answers and a secret, whose value is never in the state:

        >>> os.environ["DIGITS_TOKEN"] = "of this machine"
        >>> endpoint = SelfHostedEndpoint(
        ...     "digits",
        ...     bundle="digits",
        ...     api="classify",
        ...     runtime="ecs",
        ...     timeout_seconds=5,
        ...     secrets={"DIGITS_TOKEN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:digits"},
        ... )

    Args:
        name: the endpoint's name, unique in its program.
        args: the arguments as one dict, instead of keywords.
        opts: Pulumi's resource options.
        kwargs: the arguments as keywords, described by `SelfHostedEndpointArgs`.

    Raises:
        DeclarationError: the declaration cannot be stood up; the message has all of its problems.
    """

    @overload
    def __init__(
        self, name: str, args: SelfHostedEndpointArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None: ...

    @overload
    def __init__(
        self, name: str, *, opts: Optional[pulumi.ResourceOptions] = None, **kwargs: Unpack[SelfHostedEndpointArgs]
    ) -> None: ...

    def __init__(
        self,
        name: str,
        args: Optional[SelfHostedEndpointArgs] = None,
        opts: Optional[pulumi.ResourceOptions] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__("SelfHostedEndpoint", SelfHostedEndpointSpec, name, args, opts, kwargs)
