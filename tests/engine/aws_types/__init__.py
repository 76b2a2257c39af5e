"""The resource types of pulumi-aws that the targets use, as calls of AWS's API; a module a service.

What forces a replacement is written here by hand, from https://www.pulumi.com/registry/packages/aws/api-docs and the
pages of Terraform's provider, where a property says "Forces new resource". Everything else comes from botocore's
models: a property that they do not have is refused.
"""

from __future__ import annotations

from aws_calls import AwsType
from aws_types import apigateway, apigatewayv2, appautoscaling, cloudwatch, ec2, ecr, iam, lambda_, s3, sagemaker, sns

TYPES: dict[str, AwsType] = {
    name: kind
    for module in (apigateway, apigatewayv2, appautoscaling, cloudwatch, ec2, ecr, iam, lambda_, s3, sagemaker, sns)
    for name, kind in module.TYPES.items()
}
