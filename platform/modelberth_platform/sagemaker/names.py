"""What SageMaker calls an endpoint, and what is its own."""

from __future__ import annotations

LOGS = "/aws/sagemaker/Endpoints/"
"""Log groups of endpoints begin so; the endpoint's name follows."""
OWNER_TAG = "modelberth:endpoint"
"""Names the endpoint that a configuration or model was made for."""


def invocation_url(name: str, region: str, arn: str, kind: str) -> str:
    """Where a signed POST calls an endpoint.

    Args:
        name: of the endpoint.
        region: where it is.
        arn: any of its partition.
        kind: `real-time`, `serverless` or `asynchronous`.
    """
    domain = "amazonaws.com.cn" if arn.split(":")[1] == "aws-cn" else "amazonaws.com"
    last = "async-invocations" if kind == "asynchronous" else "invocations"
    return f"https://runtime.sagemaker.{region}.{domain}/endpoints/{name}/{last}"
