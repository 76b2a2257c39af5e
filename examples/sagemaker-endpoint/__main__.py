"""One program for the laptop and for SageMaker: `Pulumi.dev.yaml` or `Pulumi.prod.yaml` decides.

`call.py` calls what it stood up, on either.
"""

import pulumi

from modelberth import ManagedEndpoint

endpoint = ManagedEndpoint(
    "tumor",
    bundle="tumor",
    instance_type="ml.c7g.large",
    scaling={"min": 2, "max": 8, "target": 1200},
    rollout={"strategy": "linear", "percent": 25, "bake_seconds": 300},
    capture={"percent": 5},
    alarms={"error_rate_percent": 1, "notify": "oncall@example.com", "runbook": "https://wiki.example.com/tumor"},
    callers=["arn:aws:iam::111122223333:role/radiology-app"],
    dashboard=True,
)

pulumi.export("url", endpoint.url)
pulumi.export("role_to_assume", endpoint.invoker_role_arn)
