"""The resource types of pulumi-aws for SageMaker."""

from __future__ import annotations

from aws_calls import ALL, AwsType, Call, Props, named_by, text_of


def _configuration(props: Props) -> Props:
    shaped = {key: value for key, value in props.items() if key != "kmsKeyArn"}
    return {**shaped, "kmsKeyId": props["kmsKeyArn"]} if props.get("kmsKeyArn") else shaped


def _endpoint(props: Props) -> Props:
    """The properties of its creation, without the deployment configuration, which only updates have."""
    return {key: value for key, value in props.items() if key != "deploymentConfig"}


TYPES: dict[str, AwsType] = {
    "aws:sagemaker/model:Model": AwsType(
        "sagemaker",
        (
            Call(
                "CreateModel",
                ("name", "executionRoleArn", "primaryContainer", "enableNetworkIsolation", "vpcConfig", "tags"),
                {"name": "ModelName"},
            ),
        ),
        ("DescribeModel", ""),
        "DeleteModel",
        named_by("ModelName"),
        text_of(),
        named="name",
        forces=ALL,
        computed={"arn": "ModelArn"},
    ),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": AwsType(
        "sagemaker",
        (
            Call(
                "CreateEndpointConfig",
                (
                    *("name", "productionVariants", "shadowProductionVariants", "asyncInferenceConfig"),
                    *("dataCaptureConfig", "kmsKeyArn", "tags"),
                ),
                {"name": "EndpointConfigName"},
                _configuration,
            ),
        ),
        ("DescribeEndpointConfig", ""),
        "DeleteEndpointConfig",
        named_by("EndpointConfigName"),
        text_of(),
        named="name",
        forces=ALL,
        computed={"arn": "EndpointConfigArn"},
    ),
    "aws:sagemaker/endpoint:Endpoint": AwsType(  # benchmarks preview it; the target has a resource of its own instead
        "sagemaker",
        (
            Call(
                "CreateEndpoint",
                ("name", "endpointConfigName", "deploymentConfig", "tags"),
                {"name": "EndpointName"},
                _endpoint,
            ),
        ),
        ("DescribeEndpoint", ""),
        "DeleteEndpoint",
        named_by("EndpointName"),
        text_of(),
        forces=frozenset({"name"}),
        computed={"arn": "EndpointArn"},
    ),
}
