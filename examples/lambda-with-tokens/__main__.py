"""A model on Lambda, for whoever has a token of the company's login; on the laptop, for whoever is there.

`call.py` calls it with a token.
"""

import pulumi

from modelberth import SelfHostedEndpoint

endpoint = SelfHostedEndpoint(
    "tumor",
    bundle="tumor",
    runtime="lambda",
    access={"jwt": {"issuer": "https://login.example.com/", "audience": ["tumor"], "scopes": ["tumor/diagnose"]}},
    throttle={"requests_per_second": 20, "burst": 40},
    cors={"origins": ["https://radiology.example.com"]},
    rollout={"strategy": "canary", "percent": 10, "bake_seconds": 600},
    alarms={"error_rate_percent": 1, "notify": "oncall@example.com"},
)

pulumi.export("url", endpoint.url)
