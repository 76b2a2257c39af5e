"""The names that tell what belongs to an endpoint on Lambda, and the limits that Lambda sets to names."""

from __future__ import annotations

import re

ALIAS = "live"
"""The alias that callers reach; it points to the version in service."""
LONGEST = 64
"""Characters of a function's name
(https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#lambda-CreateFunction-request-FunctionName)."""
MARK_TAG = "modelberth:functions"
"""The tag whose value tells the functions of one state from those of all others."""
FUNCTION_ROLE = "function"
LONGEST_COMPONENT = LONGEST - len(f"-{FUNCTION_ROLE}-1234567")
"""Characters of a component's name: what Pulumi appends to it must fit into a function's name."""
ERROR_RATE_PERCENT = 5.0
"""The share of failed requests above which the alarm rings, where the declaration names none."""
LOGS = "/aws/lambda/"
ACCESS_LOGS = "/aws/vendedlogs/apis/"
"""The beginnings of log groups' names; the endpoint's name follows. API Gateway may write to groups of the second kind
without a policy for each of them
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html)."""


def endpoint_name(text: str) -> str:
    """Give an endpoint's name back, or raise a ValueError that says why it is none."""
    if len(text) > LONGEST - 1 or not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9])*", text):
        raise ValueError(
            f"{text!r} cannot be the name of an endpoint on Lambda; use at most {LONGEST - 1} letters, digits and "
            "inner hyphens"
        )
    return text
