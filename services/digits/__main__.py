"""Reads handwritten digits."""

import pulumi

from modelberth import ManagedEndpoint

endpoint = ManagedEndpoint("digits", bundle="digits", api="classify")

pulumi.export("url", endpoint.url)
pulumi.export("base_url", endpoint.base_url)
