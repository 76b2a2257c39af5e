"""Tells benign from malignant breast tumors."""

import pulumi

from modelberth import SelfHostedEndpoint

endpoint = SelfHostedEndpoint("tumor", bundle="tumor", runtime="lambda", timeout_seconds=10)

pulumi.export("url", endpoint.url)
