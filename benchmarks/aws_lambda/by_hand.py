"""What a team would write without modelberth: the resources of one endpoint on Lambda, one by one."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

config = pulumi.Config()
name = f"{pulumi.get_project()}-digits-{pulumi.get_stack()}"
account = aws.get_caller_identity().account_id

repository = aws.ecr.Repository(
    "digits-repository",
    name=name,
    image_tag_mutability="IMMUTABLE",
    image_scanning_configuration={"scan_on_push": True},
    encryption_configurations=[{"encryption_type": "AES256"}],
    force_delete=True,
)
untagged = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
rule = {"rulePriority": 1, "selection": untagged, "action": {"type": "expire"}}
aws.ecr.LifecyclePolicy("digits-lifecycle", repository=repository.name, policy=json.dumps({"rules": [rule]}))
token = aws.ecr.get_authorization_token_output()
context = config.require("context")
image = docker.Image(
    "digits-image",
    image_name=pulumi.Output.concat(repository.repository_url, ":1"),
    build=docker.DockerBuildArgs(
        context=context,
        dockerfile=f"{context}/Dockerfile",
        platform="linux/amd64",
        builder_version=docker.BuilderVersion.BUILDER_BUILD_KIT,
    ),
    registry=docker.RegistryArgs(
        server=repository.repository_url, username=token.user_name, password=pulumi.Output.secret(token.password)
    ),
)
pull = aws.ecr.RepositoryPolicy(
    "digits-repository-policy",
    repository=repository.name,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                }
            ],
        }
    ),
)
logs = aws.cloudwatch.LogGroup("digits-logs", name=f"/aws/lambda/{name}", retention_in_days=365)
role = aws.iam.Role(
    "digits-role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                }
            ],
        }
    ),
)
policy = aws.iam.RolePolicy(
    "digits-policy",
    role=role.name,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(logs.arn, ":log-stream:*"),
                },
            ],
        }
    ),
)
function = aws.lambda_.Function(
    "digits-function",
    package_type="Image",
    image_uri=image.repo_digest,
    image_config={"commands": ["lambda"]},
    role=role.arn,
    architectures=["x86_64"],
    memory_size=1769,
    timeout=30,
    environment={"variables": {"MODELBERTH_API": "classify", "MODELBERTH_TIMEOUT_SECONDS": "29"}},
    logging_config={"log_format": "JSON", "log_group": logs.name},
    publish=True,
    opts=pulumi.ResourceOptions(depends_on=[policy, pull]),
)
alias = aws.lambda_.Alias("digits-alias", name="live", function_name=function.name, function_version=function.version)
api = aws.apigatewayv2.Api("digits-api", name=name, protocol_type="HTTP")
aws.lambda_.Permission(
    "digits-permission",
    action="lambda:InvokeFunction",
    function=function.name,
    qualifier=alias.name,
    principal="apigateway.amazonaws.com",
    source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
)
integration = aws.apigatewayv2.Integration(
    "digits-integration",
    api_id=api.id,
    integration_type="AWS_PROXY",
    integration_method="POST",
    integration_uri=alias.arn,
    payload_format_version="2.0",
    timeout_milliseconds=30000,
)
for route in (
    *("POST /classify", "POST /read_each", "POST /read_picture", "POST /invocations"),
    *("GET /ping", "GET /readyz", "GET /docs.json", "GET /schema.json"),
):
    aws.apigatewayv2.Route(
        f"digits-route-{route.rpartition('/')[2]}",
        api_id=api.id,
        route_key=route,
        target=pulumi.Output.concat("integrations/", integration.id),
        authorization_type="AWS_IAM",
    )
access_logs = aws.cloudwatch.LogGroup("digits-access-logs", name=f"/aws/vendedlogs/apis/{name}", retention_in_days=365)
aws.apigatewayv2.Stage(
    "digits-stage",
    api_id=api.id,
    name="$default",
    auto_deploy=True,
    access_log_settings={
        "destination_arn": access_logs.arn,
        "format": json.dumps({"id": "$context.requestId", "status": "$context.status"}),
    },
)
dimensions = {"FunctionName": function.name, "Resource": pulumi.Output.concat(function.name, ":live")}
for metric, threshold in {"Errors": 5, "Duration": 5000, "Throttles": 0}.items():
    aws.cloudwatch.MetricAlarm(
        f"digits-alarm-{metric.lower()}",
        name=f"{name}-{metric}",
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions=dimensions,
        extended_statistic="p99",
        period=60,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        threshold=threshold,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
    )
pulumi.export("url", pulumi.Output.concat(api.api_endpoint, "/invocations"))
