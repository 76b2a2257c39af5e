"""Two endpoints in one program, one knowing where the other is.

An output of the first is an input of the second, so Pulumi starts them in that order.
"""

import pulumi

from modelberth import ManagedEndpoint, SelfHostedEndpoint

tumor = SelfHostedEndpoint("tumor", bundle="tumor", runtime="lambda", timeout_seconds=10)
digits = ManagedEndpoint("digits", bundle="digits", api="classify", env={"TUMOR_URL": tumor.url})

pulumi.export("tumor_url", tumor.url)
pulumi.export("digits_url", digits.url)
pulumi.export("digits_routes", digits.base_url)
