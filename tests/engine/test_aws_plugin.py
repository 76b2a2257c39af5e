"""The stand-in for pulumi-aws refuses what it does not know: a typo in a target fails a test."""

from __future__ import annotations

import pytest

from engine.cloud import CloudStack
from engine.stack import Failed

ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ('aws.iam.Group("a")', "the resource aws:iam/group:Group is not known here"),
        ('aws.cloudwatch.LogGroup("a", name="a", skip_destroy=True)', "skipDestroy"),
        (
            f'aws.sagemaker.Model("a", execution_role_arn="{ROLE}", primary_container={{"image": "i", "modee": "x"}})',
            "primaryContainer.modee is nothing that AWS has",
        ),
        ('aws.sagemaker.Model("a", execution_role_arn="short")', "Invalid length for parameter ExecutionRoleArn"),
        (
            'aws.sagemaker.EndpointConfiguration("a", production_variants=[{"model_name": "m"}])',
            'Missing required parameter in ProductionVariants[0]: "VariantName"',
        ),
    ],
)
def test_a_mistake_is_refused_in_the_preview(cloud: CloudStack, resource: str, message: str) -> None:
    (cloud.folder / "__main__.py").write_text(f"import pulumi_aws as aws\n{resource}\n")
    with pytest.raises(Failed) as failure:
        cloud.run("preview")
    assert message in str(failure.value)
