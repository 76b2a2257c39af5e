"""The names that tell what belongs to an endpoint on SageMaker, and the URL that calls it."""

from __future__ import annotations

import re

LOGS = "/aws/sagemaker/Endpoints/"
"""The beginning of the name of an endpoint's log group; the endpoint's name follows."""
REQUESTS = "requests"
"""Where the requests of an asynchronous endpoint lie, below the prefix of its answers: its role reads there."""
LONGEST = 63
"""Characters of an endpoint's name, and of a model's and a configuration's
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html)."""


def invocation_url(name: str, region: str, arn: str, kind: str) -> str:
    """Where a signed POST calls an endpoint.

    Args:
        name: the endpoint's name.
        region: where it is, such as `eu-central-1`.
        arn: any ARN of its partition.
        kind: `real-time`, `serverless` or `asynchronous`.
    """
    domain = "amazonaws.com.cn" if arn.split(":")[1] == "aws-cn" else "amazonaws.com"
    last = "async-invocations" if kind == "asynchronous" else "invocations"
    return f"https://runtime.sagemaker.{region}.{domain}/endpoints/{name}/{last}"


def endpoint_name(text: str) -> str:
    """Give an endpoint's name back, or raise a ValueError that says why SageMaker does not take it."""
    if len(text) > LONGEST or not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9])*", text):
        raise ValueError(
            f"{text!r} cannot be the name of an endpoint on SageMaker; use at most {LONGEST} letters, digits and inner "
            "hyphens"
        )
    return text
