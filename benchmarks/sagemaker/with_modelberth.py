"""The same endpoint with modelberth."""

import pulumi

from modelberth import ManagedEndpoint

endpoint = ManagedEndpoint(
    "digits",
    bundle=pulumi.Config().require("bundle"),
    api="classify",
    instance_type="ml.c6i.large",
    scaling={"min": 2, "max": 6, "target": 600},
)
pulumi.export("url", endpoint.url)
