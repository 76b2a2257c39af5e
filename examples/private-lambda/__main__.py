"""A model on Lambda that answers inside of one network alone, with replicas that are always warm.

The interface endpoint is the network's own, which all of its private APIs share; the laptop needs none.
"""

import pulumi

from modelberth import SelfHostedEndpoint

endpoint = SelfHostedEndpoint(
    "digits",
    bundle="digits",
    api="classify",
    runtime="lambda",
    access="private",
    network={"private_endpoint": pulumi.Config("network").require("private_endpoint")},
    memory_mb=3072,
    provisioned=2,
    scaling={"max": 10, "target": 0.6},
)

pulumi.export("url", endpoint.url)
