"""Declares each type of pulumi-aws that the Lambda target uses."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
memory = config.require_int("memory")
tags = {"team": config.get("team") or "one"}
subnet, group = config.require("subnet"), config.require("group")
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
role = aws.iam.Role("role", assume_role_policy=json.dumps(trust))
interfaces = {"Effect": "Allow", "Action": "ec2:CreateNetworkInterface", "Resource": "*"}
role_policy = aws.iam.RolePolicy(
    "role-policy", role=role.name, policy=json.dumps({"Version": "2012-10-17", "Statement": [interfaces]})
)
logs = aws.cloudwatch.LogGroup("logs", name="/shop", retention_in_days=30, tags=tags)
function = aws.lambda_.Function(
    "function",
    name="shop",
    role=role.arn,
    description="shop",
    package_type="Image",
    image_uri="999999999999.dkr.ecr.eu-central-1.amazonaws.com/shop:1",
    image_config={"commands": ["serve"]},
    architectures=["x86_64"],
    memory_size=memory,
    timeout=30,
    ephemeral_storage={"size": 1024},
    environment={"variables": {"A": "1"}},
    logging_config={
        "log_format": "JSON",
        "log_group": logs.name,
        "application_log_level": "INFO",
        "system_log_level": "WARN",
    },
    reserved_concurrent_executions=20,
    vpc_config={"subnet_ids": [subnet], "security_group_ids": [group]},
    publish=True,
    tags=tags,
    opts=pulumi.ResourceOptions(depends_on=[role_policy]),
)
url = aws.lambda_.FunctionUrl(
    "function-url",
    function_name=function.name,
    authorization_type="NONE",
    invoke_mode="RESPONSE_STREAM",
    cors={"allow_origins": ["*"]},
)

# The version that is published becomes the alias's, which the target has a resource of its own for.
provisioned = aws.lambda_.ProvisionedConcurrencyConfig(
    "provisioned", function_name=function.name, qualifier=function.version, provisioned_concurrent_executions=2
)
target = aws.appautoscaling.Target(
    "target",
    service_namespace="lambda",
    resource_id=function.name.apply(lambda name: f"function:{name}:live"),
    scalable_dimension="lambda:function:ProvisionedConcurrency",
    min_capacity=1,
    max_capacity=3,
)
policy = aws.appautoscaling.Policy(
    "policy",
    name="policy",
    service_namespace=target.service_namespace,
    resource_id=target.resource_id,
    scalable_dimension=target.scalable_dimension,
    policy_type="TargetTrackingScaling",
    target_tracking_scaling_policy_configuration={
        "target_value": 0.7,
        "predefined_metric_specification": {"predefined_metric_type": "LambdaProvisionedConcurrencyUtilization"},
    },
)

# An HTTP API
http = aws.apigatewayv2.Api(
    "http", protocol_type="HTTP", description="shop", cors_configuration={"allow_origins": ["*"]}, tags=tags
)
integration = aws.apigatewayv2.Integration(
    "http-integration",
    api_id=http.id,
    integration_type="AWS_PROXY",
    integration_uri=function.invoke_arn,
    integration_method="POST",
    payload_format_version="2.0",
    timeout_milliseconds=30000,
)
authorizer = aws.apigatewayv2.Authorizer(
    "http-authorizer",
    api_id=http.id,
    authorizer_type="JWT",
    identity_sources=["$request.header.Authorization"],
    jwt_configuration={"audiences": ["shop"], "issuer": "https://issuer.example.com"},
)
route = aws.apigatewayv2.Route(
    "http-route",
    api_id=http.id,
    route_key="$default",
    target=integration.id.apply(lambda id_: f"integrations/{id_}"),
    authorization_type="JWT",
    authorizer_id=authorizer.id,
    authorization_scopes=["shop/read"],
)
stage = aws.apigatewayv2.Stage(
    "http-stage",
    api_id=http.id,
    name="$default",
    auto_deploy=True,
    access_log_settings={"destination_arn": logs.arn, "format": "$context.requestId"},
    default_route_settings={
        "throttling_burst_limit": 10,
        "throttling_rate_limit": 5.5,
        "detailed_metrics_enabled": True,
    },
    tags=tags,
)
permission = aws.lambda_.Permission(
    "permission",
    action="lambda:InvokeFunction",
    function=function.name,
    principal="apigateway.amazonaws.com",
    source_arn=http.execution_arn.apply(lambda arn: f"{arn}/*"),
)

# A private REST API
found = aws.ec2.get_subnet(id=subnet)
endpoint = aws.ec2.VpcEndpoint(
    "endpoint",
    vpc_id=found.vpc_id,
    service_name="com.amazonaws.eu-central-1.execute-api",
    vpc_endpoint_type="Interface",
    subnet_ids=[subnet],
    security_group_ids=[group],
    private_dns_enabled=False,
    tags=tags,
)
resource_policy = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}],
}


def document(invoke: str) -> str:
    integrated = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": invoke,
        "timeoutInMillis": 60000,
        "responseTransferMode": "STREAM",
    }
    methods = {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": integrated}}
    return json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "shop", "version": "1"},
            "paths": {"/": methods, "/{proxy+}": methods},
        },
        sort_keys=True,
    )


body = function.response_streaming_invoke_arn.apply(document)
rest = aws.apigateway.RestApi(
    "rest",
    name="shop",
    description="shop",
    body=body,
    policy=json.dumps(resource_policy),
    endpoint_configuration={"types": "PRIVATE", "vpc_endpoint_ids": [endpoint.id], "ip_address_type": "dualstack"},
    binary_media_types=["*/*"],
    tags=tags,
)
deployment = aws.apigateway.Deployment("rest-deployment", rest_api=rest.id, triggers={"body": body}, description="one")
rest_stage = aws.apigateway.Stage(
    "rest-stage",
    rest_api=rest.id,
    deployment=deployment.id,
    stage_name="live",
    access_log_settings={"destination_arn": logs.arn, "format": "$context.requestId"},
    tags=tags,
)
settings = aws.apigateway.MethodSettings(
    "rest-settings",
    rest_api=rest.id,
    stage_name=rest_stage.stage_name,
    method_path="*/*",
    settings={
        "throttling_burst_limit": 10,
        "throttling_rate_limit": 5.5,
        "metrics_enabled": True,
        "logging_level": "ERROR",
    },
)
repository = aws.ecr.Repository("repository", name="shop", force_delete=True)
repository_policy = aws.ecr.RepositoryPolicy(
    "repository-policy",
    repository=repository.name,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                }
            ],
        }
    ),
)

for name, value in {
    "version": function.version,
    "qualified_arn": function.qualified_arn,
    "invoke_arn": function.invoke_arn,
    "stream_arn": function.response_streaming_invoke_arn,
    "function_url": url.function_url,
    "http_url": stage.invoke_url,
    "http_execution": http.execution_arn,
    "rest_url": rest_stage.invoke_url,
    "rest_execution": rest.execution_arn,
}.items():
    pulumi.export(name, value)
