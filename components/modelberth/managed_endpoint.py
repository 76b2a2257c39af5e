"""The component `ManagedEndpoint`: a model behind the cloud's own endpoint service."""

from typing import Any, Optional, Unpack, overload

import pulumi

from modelberth.arguments import ManagedEndpointArgs
from modelberth.endpoint import Endpoint
from modelberth_platform.spec import ManagedEndpointSpec


class ManagedEndpoint(Endpoint):
    """A model behind the cloud's managed endpoint service; on `local`, behind a supervised server of this machine.

    A bundle with one API needs nothing else:

        >>> endpoint = ManagedEndpoint("tumor", bundle="tumor")
        >>> pulumi.export("url", endpoint.url)

    A bundle with several APIs says which one `url` calls; all of them are below `base_url`:

        >>> endpoint = ManagedEndpoint("digits", bundle="digits", api="classify")

    Two replicas at least, scaled by load, with variables for the model's process:

        >>> endpoint = ManagedEndpoint(
        ...     "digits",
        ...     bundle="digits",
        ...     api="classify",
        ...     instance_type="ml.c6i.large",
        ...     scaling={"min": 2, "max": 6, "target": 600},
        ...     env={"OMP_NUM_THREADS": "1"},
        ...     tags={"team": "vision"},
        ... )

    To change a child beyond its arguments, use Pulumi's own transforms, which reach every child:

        >>> def shorter(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        ...     args.opts.custom_timeouts = pulumi.CustomTimeouts(create="5m")
        ...     return pulumi.ResourceTransformResult(args.props, args.opts)
        >>> endpoint = ManagedEndpoint("tumor", bundle="tumor", opts=pulumi.ResourceOptions(transforms=[shorter]))

    Args:
        name: the endpoint's name, unique in its program.
        args: the arguments as one dict, instead of keywords.
        opts: Pulumi's resource options.
        kwargs: the arguments as keywords, described by `ManagedEndpointArgs`.

    Raises:
        DeclarationError: the declaration cannot be stood up; the message has all of its problems.
    """

    @overload
    def __init__(self, name: str, args: ManagedEndpointArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None: ...

    @overload
    def __init__(
        self, name: str, *, opts: Optional[pulumi.ResourceOptions] = None, **kwargs: Unpack[ManagedEndpointArgs]
    ) -> None: ...

    def __init__(
        self,
        name: str,
        args: Optional[ManagedEndpointArgs] = None,
        opts: Optional[pulumi.ResourceOptions] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__("ManagedEndpoint", ManagedEndpointSpec, name, args, opts, kwargs)
