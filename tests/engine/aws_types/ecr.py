"""The resource types of pulumi-aws for repositories of images."""

from __future__ import annotations

from aws_calls import AwsType, Call, Props, named_by, text_of


def _repository(props: Props) -> Props:
    shaped = {key: value for key, value in props.items() if key != "encryptionConfigurations"}
    if props.get("encryptionConfigurations"):
        shaped["encryptionConfiguration"] = props["encryptionConfigurations"][0]
    return shaped


_POLICY = Call(
    "SetRepositoryPolicy", ("repository", "policy"), {"repository": "repositoryName", "policy": "policyText"}
)

TYPES: dict[str, AwsType] = {
    "aws:ecr/repository:Repository": AwsType(
        "ecr",
        (
            Call(
                "CreateRepository",
                ("name", "imageTagMutability", "imageScanningConfiguration", "encryptionConfigurations", "tags"),
                {"name": "repositoryName"},
                _repository,
            ),
        ),
        ("DescribeRepositories", "repositories.0"),
        "DeleteRepository",
        lambda props: {"repositoryName": props["name"], "force": props.get("forceDelete", False)},
        text_of(),
        forces=frozenset({"name", "encryptionConfigurations"}),
        computed={"arn": "repositoryArn", "repositoryUrl": "repositoryUri", "registryId": "registryId"},
        ignored=frozenset({"forceDelete"}),
        sought=lambda props: {"repositoryNames": [props["name"]]},
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": AwsType(
        "ecr",
        (
            Call(
                "PutLifecyclePolicy",
                ("repository", "policy"),
                {"repository": "repositoryName", "policy": "lifecyclePolicyText"},
            ),
        ),
        ("GetLifecyclePolicy", ""),
        "DeleteLifecyclePolicy",
        named_by("repositoryName", "repository"),
        text_of("repository"),
        forces=frozenset({"repository"}),
        computed={"registryId": "registryId"},
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": AwsType(
        "ecr",
        (_POLICY,),
        ("GetRepositoryPolicy", ""),
        "DeleteRepositoryPolicy",
        named_by("repositoryName", "repository"),
        text_of("repository"),
        update=(_POLICY,),
        forces=frozenset({"repository"}),
        computed={"registryId": "registryId"},
    ),
}
