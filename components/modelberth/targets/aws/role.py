"""The role that a model's process runs as: what it needs of its endpoint's own things, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place
from modelberth.targets.aws.statements import Statement, document, trust_of_service


@dataclass(frozen=True)
class Role:
    """The role.

    Attributes:
        arn: its ARN.
        needs: what must be in force before anything runs as it.
    """

    arn: pulumi.Input[str]
    needs: tuple[pulumi.Resource, ...] = ()


def declare_role(place: Place[Any], service: str, statements: list[Statement]) -> Role:
    """The role and its policy, or the role that the declaration names, as it is.

    Args:
        place: where the endpoint stands.
        service: the service that may be the role, such as `sagemaker.amazonaws.com`.
        statements: what the role may do.
    """
    if place.spec.role is not None:
        return Role(place.spec.role)
    role = aws.iam.Role(
        place.child("role"),
        description=f"runs the model behind {place.endpoint_name}",
        assume_role_policy=pulumi.Output.json_dumps(document([trust_of_service(place, service)])),
        tags=place.tags(),
        opts=place.opts(),
    )
    policy = aws.iam.RolePolicy(
        place.child("policy"),
        role=role.name,
        policy=pulumi.Output.json_dumps(document(statements)),
        opts=place.opts(),
    )
    return Role(role.arn, (policy,))
