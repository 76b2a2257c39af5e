"""One endpoint with replicas, variables, a rollout and alarms.

On `local` two worker processes serve; what belongs to a cloud is recorded, and an info line names it.
"""

import pulumi

from modelberth import ManagedEndpoint

endpoint = ManagedEndpoint(
    "digits",
    bundle="digits",
    api="classify",
    instance_type="ml.c6i.large",
    scaling={"min": 2, "max": 6, "metric": "requests_per_minute", "target": 600},
    rollout={"strategy": "canary", "percent": 10, "bake_seconds": 600},
    alarms={"error_rate_percent": 1, "latency_p99_seconds": 0.5, "owner": "vision"},
    env={"OMP_NUM_THREADS": "1"},
    tags={"team": "vision"},
)

pulumi.export("url", endpoint.url)
pulumi.export("bundle", endpoint.bundle)
