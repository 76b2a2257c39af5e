"""What a team would write without modelberth: the resources of one endpoint on SageMaker, one by one."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

config = pulumi.Config()
name = f"{pulumi.get_project()}-digits-{pulumi.get_stack()}"
account = aws.get_caller_identity().account_id
region = aws.get_region().region

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
logs = aws.cloudwatch.LogGroup("digits-logs", name=f"/aws/sagemaker/Endpoints/{name}", retention_in_days=365)
role = aws.iam.Role(
    "digits-role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
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
                    "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    "Resource": repository.arn,
                },
                {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(logs.arn, ":log-stream:*"),
                },
                {"Effect": "Allow", "Action": ["cloudwatch:PutMetricData"], "Resource": "*"},
            ],
        }
    ),
)
model = aws.sagemaker.Model(
    "digits-model",
    execution_role_arn=role.arn,
    primary_container={"image": image.repo_digest, "environment": {"MODELBERTH_API": "classify"}},
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)
endpoint_config = aws.sagemaker.EndpointConfiguration(
    "digits-config",
    production_variants=[
        {
            "variant_name": "main",
            "model_name": model.name,
            "instance_type": "ml.c6i.large",
            "initial_instance_count": 2,
            "initial_variant_weight": 1,
        }
    ],
)
dimensions = {"EndpointName": name, "VariantName": "main"}
alarms = []
for metric, threshold in {"Invocation5XXErrors": 5, "ModelLatency": 5_000_000, "OverheadLatency": 1_000_000}.items():
    alarms.append(
        aws.cloudwatch.MetricAlarm(
            f"digits-alarm-{metric.lower()}",
            name=f"{name}-{metric}",
            namespace="AWS/SageMaker",
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
    )
endpoint = aws.sagemaker.Endpoint(
    "digits-endpoint",
    name=name,
    endpoint_config_name=endpoint_config.name,
    deployment_config={
        "blue_green_update_policy": {
            "traffic_routing_configuration": {
                "type": "CANARY",
                "wait_interval_in_seconds": 300,
                "canary_size": {"type": "CAPACITY_PERCENT", "value": 10},
            },
            "termination_wait_in_seconds": 120,
        },
        "auto_rollback_configuration": {"alarms": [{"alarm_name": alarm.name} for alarm in alarms]},
    },
    opts=pulumi.ResourceOptions(depends_on=[logs]),
)
target = aws.appautoscaling.Target(
    "digits-scaling-target",
    service_namespace="sagemaker",
    resource_id=pulumi.Output.concat("endpoint/", endpoint.name, "/variant/main"),
    scalable_dimension="sagemaker:variant:DesiredInstanceCount",
    min_capacity=2,
    max_capacity=6,
)
aws.appautoscaling.Policy(
    "digits-scaling-policy",
    name=f"{name}-scaling",
    service_namespace=target.service_namespace,
    resource_id=target.resource_id,
    scalable_dimension=target.scalable_dimension,
    policy_type="TargetTrackingScaling",
    target_tracking_scaling_policy_configuration={
        "target_value": 600,
        "predefined_metric_specification": {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
    },
)
pulumi.export("url", f"https://runtime.sagemaker.{region}.amazonaws.com/endpoints/{name}/invocations")
