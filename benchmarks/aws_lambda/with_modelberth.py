"""The same endpoint with modelberth."""

import pulumi

from modelberth import SelfHostedEndpoint

endpoint = SelfHostedEndpoint(
    "digits",
    bundle=pulumi.Config().require("bundle"),
    api="classify",
    runtime="lambda",
    rollout={"strategy": "canary", "percent": 10},
)
pulumi.export("url", endpoint.url)
