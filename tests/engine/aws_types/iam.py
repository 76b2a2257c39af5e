"""The resource types of pulumi-aws for roles."""

from __future__ import annotations

from aws_calls import AwsType, Call, named_by, text_of

_ROLE_POLICY = Call(
    "PutRolePolicy",
    ("name", "role", "policy"),
    {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
)


TYPES: dict[str, AwsType] = {
    "aws:iam/role:Role": AwsType(
        "iam",
        (
            Call(
                "CreateRole",
                ("name", "description", "assumeRolePolicy", "tags"),
                {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            ),
        ),
        ("GetRole", "Role"),
        "DeleteRole",
        named_by("RoleName"),
        text_of(),
        update=(
            Call("UpdateRole", ("name", "description"), {"name": "RoleName"}),
            Call(
                "UpdateAssumeRolePolicy",
                ("name", "assumeRolePolicy"),
                {"name": "RoleName", "assumeRolePolicy": "PolicyDocument"},
            ),
        ),
        named="name",
        forces=frozenset({"name"}),
        computed={"arn": "Arn", "uniqueId": "RoleId"},
    ),
    "aws:iam/rolePolicy:RolePolicy": AwsType(
        "iam",
        (_ROLE_POLICY,),
        ("GetRolePolicy", ""),
        "DeleteRolePolicy",
        lambda props: {"RoleName": props["role"], "PolicyName": props["name"]},
        lambda props: f"{props['role']}:{props['name']}",
        update=(_ROLE_POLICY,),
        named="name",
        forces=frozenset({"name", "role"}),
    ),
}
