"""What a ManagedEndpoint declares on `modelberth:cloud: aws`: every child, and what each argument does to it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from mocks import ACCOUNT, AWS, REGION, declare
from sagemaker_children import IMAGE, REAL, SERVERLESS, children, everything

from modelberth import DeclarationError, ManagedEndpoint
from modelberth_platform.bundle import resolve

pytestmark = pytest.mark.usefixtures("aws_packages", "program_folder")

TAGLESS = {
    "aws:appautoscaling/policy:Policy",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "docker:index/image:Image",
    "pulumi-python:dynamic/modelberth:ImageTag",
}
"""The types of resources that take no tags."""


def test_every_child_is_a_named_tagged_child_of_the_component(echo: Path) -> None:
    declared, outputs = everything(echo)
    resources = {name: child for name, child in declared.items() if child.custom}
    assert {child.parent for child in resources.values()} == {outputs["urn"]}
    assert all(name.startswith("shop-") for name in resources)
    for name, child in resources.items():
        if child.type not in TAGLESS:
            tags = child.inputs["tags"]
            assert tags["modelberth:name"] == "shop", name
            assert tags["modelberth:stack"] == "shop/dev", name
            if not name.endswith("-releases"):
                assert (tags["owner"], tags["team"], tags["modelberth:bundle"]) == ("shop-team", "shop", "echo"), name


def test_names_and_types_are_contract(echo: Path) -> None:
    """Another type or name would make an upgrade of modelberth replace what runs."""
    declared, _ = everything(echo)
    of_variants = {
        f"shop-{prefix}{role}": kind
        for prefix in ("", "challenger-")
        for role, kind in {
            "image-tag": "pulumi-python:dynamic/modelberth:ImageTag",
            "image": "docker:index/image:Image",
            "model": "aws:sagemaker/model:Model",
            "alarm-errors": "aws:cloudwatch/metricAlarm:MetricAlarm",
            "alarm-latency": "aws:cloudwatch/metricAlarm:MetricAlarm",
            "alarm-overhead": "aws:cloudwatch/metricAlarm:MetricAlarm",
            "alarm-no-invocations": "aws:cloudwatch/metricAlarm:MetricAlarm",
            "scaling-target": "aws:appautoscaling/target:Target",
            "scaling-policy": "aws:appautoscaling/policy:Policy",
        }.items()
    }
    assert {name: child.type for name, child in declared.items() if child.custom} == of_variants | {
        "shop-repository": "aws:ecr/repository:Repository",
        "shop-lifecycle": "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "shop-bucket": "aws:s3/bucket:Bucket",
        "shop-bucket-encryption": (
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        ),
        "shop-bucket-access": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "shop-bucket-lifecycle": "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "shop-bucket-policy": "aws:s3/bucketPolicy:BucketPolicy",
        "shop-role": "aws:iam/role:Role",
        "shop-policy": "aws:iam/rolePolicy:RolePolicy",
        "shop-logs": "aws:cloudwatch/logGroup:LogGroup",
        "shop-releases": "pulumi-python:dynamic/modelberth:SageMakerReleases",
        "shop-config": "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "shop-topic": "aws:sns/topic:Topic",
        "shop-topic-policy": "aws:sns/topicPolicy:TopicPolicy",
        "shop-topic-subscription": "aws:sns/topicSubscription:TopicSubscription",
        "shop-endpoint": "pulumi-python:dynamic/modelberth:SageMakerEndpoint",
        "shop-dashboard": "aws:cloudwatch/dashboard:Dashboard",
        "shop-invoker": "aws:iam/role:Role",
        "shop-invoke-invoker": "aws:iam/rolePolicy:RolePolicy",
        "shop-invoke-web": "aws:iam/rolePolicy:RolePolicy",
    }


def test_the_least_that_is_declared() -> None:
    assert set(children(**SERVERLESS)) == {
        *("role", "policy", "logs", "releases", "model", "config", "alarm-errors", "alarm-latency", "endpoint")
    }


def test_outputs() -> None:
    _, outputs = declare(lambda: ManagedEndpoint("shop", **REAL, dashboard=True), AWS)
    assert outputs["url"] == f"https://runtime.sagemaker.{REGION}.amazonaws.com/endpoints/shop-shop-dev/invocations"
    assert outputs["base_url"] is None
    assert outputs["endpoint_name"] == "shop-shop-dev"
    assert outputs["release"] == f"sha256:{'0' * 64}"
    assert outputs["bundle"] is None
    assert outputs["role_arn"] == f"arn:aws:iam::{ACCOUNT}:role/shop-role-1a2b3c4"
    assert "$252Faws$252Fsagemaker$252FEndpoints$252Fshop-shop-dev" in outputs["logs_url"]
    assert outputs["dashboard_url"].endswith("#dashboards/dashboard/shop-shop-dev")


def test_the_facts_are_recorded_on_the_component_and_on_the_endpoint(echo: Path) -> None:
    declared, outputs = declare(
        lambda: ManagedEndpoint("shop", bundle=str(echo), api="echo", instance_type="ml.m5.large"), AWS
    )
    facts = resolve(str(echo)).facts
    recorded, endpoint = declared["shop"].inputs, declared["shop-endpoint"].inputs
    assert recorded["bundle"]["digest"] == facts.digest == endpoint["bundle"]["digest"]
    assert recorded["compute"] == "ml.m5.large"
    assert recorded["kind"] == "real-time"
    assert endpoint["tags"]["modelberth:digest"] == facts.digest
    assert endpoint["tags"]["modelberth:version"] == facts.version
    assert outputs["release"] == endpoint["release"] == endpoint["tags"]["modelberth:release"]


def test_real_time_instances() -> None:
    inputs = children(**REAL, volume_gb=60, start_timeout_seconds=900, scaling={"min": 3})
    (variant,) = inputs["config"]["productionVariants"]
    assert variant == {
        "variantName": "main",
        "modelName": "shop-model-1a2b3c4",
        "initialVariantWeight": 1,
        "instanceType": "ml.m5.large",
        "initialInstanceCount": 3,
        "volumeSizeInGb": 60,
        "containerStartupHealthCheckTimeoutInSeconds": 900,
    }
    assert (inputs["scaling-target"]["minCapacity"], inputs["scaling-target"]["maxCapacity"]) == (3, 3)
    assert "scaling-policy" not in inputs, "with a fixed number there is nothing to choose"


def test_serverless() -> None:
    sizes: Any = {"memory_mb": 4096, "max_concurrency": 20, "provisioned_concurrency": 2}
    inputs = children(**SERVERLESS, serverless=sizes)
    (variant,) = inputs["config"]["productionVariants"]
    assert variant["serverlessConfig"] == {"memorySizeInMb": 4096, "maxConcurrency": 20, "provisionedConcurrency": 2}
    assert "instanceType" not in variant
    assert "deployment" not in inputs["endpoint"], "there is no fleet to shift"
    assert inputs["endpoint"]["name"] == "shop-shop-dev-serverless", "it stands beside one on instances"
    assert inputs["model"]["primaryContainer"]["environment"]["MODELBERTH_MAX_BODY_MB"] == "4"


def test_asynchronous() -> None:
    arguments: Any = {
        "instance_type": "ml.m5.large",
        "max_concurrency": 4,
        "success_topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:done",
        "error_topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:failed",
    }
    scaling: Any = {"min": 0, "max": 5}
    declared, outputs = declare(
        lambda: ManagedEndpoint("shop", image=IMAGE, asynchronous=arguments, scaling=scaling), AWS
    )
    inputs = {name.removeprefix("shop-"): child.inputs for name, child in declared.items()}
    assert outputs["url"].endswith("/endpoints/shop-shop-dev-async/async-invocations")
    config = inputs["config"]["asyncInferenceConfig"]
    assert config["outputConfig"]["s3OutputPath"] == "s3://shop-bucket-1a2b3c4/shop-shop-dev-async/output"
    assert config["outputConfig"]["s3FailurePath"] == "s3://shop-bucket-1a2b3c4/shop-shop-dev-async/failure"
    assert config["outputConfig"]["notificationConfig"]["errorTopic"].endswith(":failed")
    assert config["clientConfig"] == {"maxConcurrentInvocationsPerInstance": 4}
    assert inputs["config"]["productionVariants"][0]["initialInstanceCount"] == 1
    assert inputs["scaling-target"]["minCapacity"] == 0
    tracked = inputs["scaling-policy"]["targetTrackingScalingPolicyConfiguration"]
    assert tracked["customizedMetricSpecification"]["metricName"] == "ApproximateBacklogSizePerInstance"
    assert inputs["scaling-from-zero-alarm"]["metricName"] == "HasBacklogWithoutCapacity"
    assert inputs["scaling-from-zero-alarm"]["alarmActions"] == [
        f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:shop-shop-dev-async-main-from-zero"
    ]
    assert inputs["alarm-errors"]["metricQueries"][0]["metric"]["metricName"] == "InvocationFailures"
    assert "alarm-latency" not in inputs, "what is queued may take its time"


def test_several_variants(echo: Path) -> None:
    variants: Any = {"challenger": {"bundle": str(echo), "weight": 0.2, "instance_type": "ml.c7g.xlarge"}}
    inputs = children(bundle=str(echo), api="echo", instance_type="ml.m5.large", variants=variants)
    main, challenger = inputs["config"]["productionVariants"]
    assert (main["initialVariantWeight"], challenger["initialVariantWeight"]) == (0.8, 0.2)
    assert (main["instanceType"], challenger["instanceType"]) == ("ml.m5.large", "ml.c7g.xlarge")
    assert challenger["modelName"] == "shop-challenger-model-1a2b3c4"
    assert inputs["challenger-image"]["build"]["platform"] == "linux/arm64"
    assert inputs["challenger-scaling-target"]["resourceId"] == "endpoint/shop-shop-dev/variant/challenger"
    assert inputs["challenger-alarm-errors"]["name"] == "shop-shop-dev-challenger-errors"
    assert inputs["endpoint"]["weights"] == {"main": 0.8, "challenger": 0.2}


def test_a_shadow(echo: Path) -> None:
    shadow: Any = {"bundle": str(echo), "percent": 25}
    inputs = children(bundle=str(echo), api="echo", instance_type="ml.m5.large", shadow=shadow)
    (variant,) = inputs["config"]["shadowProductionVariants"]
    assert variant["variantName"] == "shadow"
    assert variant["initialVariantWeight"] == 0.25, "of the production variant's 1"
    assert variant["modelName"] == "shop-shadow-model-1a2b3c4"
    assert variant["instanceType"] == "ml.m5.large"
    assert "shadow-scaling-target" not in inputs


def test_capture_into_a_closed_bucket() -> None:
    inputs = children(**REAL, capture={"percent": 20})
    capture = inputs["config"]["dataCaptureConfig"]
    assert capture["initialSamplingPercentage"] == 20
    assert capture["destinationS3Uri"] == "s3://shop-bucket-1a2b3c4/shop-shop-dev/capture"
    assert [option["captureMode"] for option in capture["captureOptions"]] == ["Input", "Output"]
    assert set(inputs["bucket-access"].values()) == {True, "shop-bucket-1a2b3c4"}
    assert "forceDestroy" not in inputs["bucket"], "a destroy does not delete data"
    (statement,) = json.loads(inputs["bucket-policy"]["policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_places_that_are_given() -> None:
    inputs = children(**REAL, capture={"percent": 20}, bucket="ours")
    assert not [name for name in inputs if name.startswith("bucket")]
    assert inputs["config"]["dataCaptureConfig"]["destinationS3Uri"] == "s3://ours/shop-shop-dev/capture"
    inputs = children(**REAL, capture={"percent": 20, "destination": "s3://theirs/below/"})
    assert not [name for name in inputs if name.startswith("bucket")]
    assert inputs["config"]["dataCaptureConfig"]["destinationS3Uri"] == "s3://theirs/below"
    assert "arn:aws:s3:::theirs/below/*" in inputs["policy"]["policy"]


def test_a_given_role_is_taken_as_it_is() -> None:
    inputs = children(**REAL, role="arn:aws:iam::123456789012:role/ours")
    assert not {"role", "policy"} & set(inputs)
    assert inputs["model"]["executionRoleArn"] == "arn:aws:iam::123456789012:role/ours"


def test_a_key_encrypts_everything(echo: Path) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    inputs = children(
        bundle=str(echo),
        api="echo",
        instance_type="ml.m5.large",
        capture={"percent": 5},
        alarms={"notify": "team@example.com"},
        key=key,
    )
    assert inputs["config"]["kmsKeyArn"] == key
    assert inputs["config"]["dataCaptureConfig"]["kmsKeyId"] == key
    assert inputs["logs"]["kmsKeyId"] == key
    assert inputs["topic"]["kmsMasterKeyId"] == key
    assert inputs["repository"]["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]
    (rule,) = inputs["bucket-encryption"]["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    assert "kmsKeyArn" not in children(image=IMAGE, instance_type="ml.g5.xlarge", key=key)["config"]
    shadow: Any = {"bundle": str(echo), "instance_type": "ml.g5.xlarge"}
    inputs = children(bundle=str(echo), api="echo", instance_type="ml.m5.large", key=key, shadow=shadow)
    assert "kmsKeyArn" not in inputs["config"]


def test_network() -> None:
    inputs = children(**REAL, network={"subnets": ["subnet-1"], "security_groups": ["sg-1"], "isolated": True})
    assert inputs["model"]["vpcConfig"] == {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    assert inputs["model"]["enableNetworkIsolation"] is True
    assert "StandInItsSubnets" in inputs["policy"]["policy"]
    assert children(**REAL)["model"]["enableNetworkIsolation"] is False


def test_environment_and_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:token-AbCdEf"
    inputs = children(**REAL, env={"MODE": "strict"}, secrets={"TOKEN": f"{arn}:key::"}, timeout_seconds=30)
    environment = inputs["model"]["primaryContainer"]["environment"]
    assert environment["MODE"] == "strict"
    assert environment["MODELBERTH_TIMEOUT_SECONDS"] == "30"
    assert json.loads(environment["MODELBERTH_SECRETS"]) == {"TOKEN": f"{arn}:key::"}
    statements = {each["Sid"]: each for each in json.loads(inputs["policy"]["policy"])["Statement"]}
    assert statements["ReadItsSecrets"]["Resource"] == [arn]


def test_outputs_of_other_resources_are_welcome() -> None:
    output_of = pulumi.Output.from_input
    inputs = children(
        image=IMAGE,
        instance_type="ml.m5.large",
        env={"TABLE": output_of("table")},
        secrets={"TOKEN": output_of(f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/token")},
        bucket=output_of("ours"),
        capture={"percent": 5},
        network={"subnets": [output_of("subnet-1")], "security_groups": [output_of("sg-1")]},
        tags={"team": output_of("shop")},
        key=output_of(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"),
    )
    assert inputs["config"]["kmsKeyArn"].endswith(":key/1")
    assert inputs["model"]["primaryContainer"]["environment"]["TABLE"] == "table"
    assert ":parameter/token" in inputs["policy"]["policy"]
    assert inputs["config"]["dataCaptureConfig"]["destinationS3Uri"].startswith("s3://ours/")
    assert inputs["model"]["vpcConfig"]["subnets"] == ["subnet-1"]


def test_given_things_may_come_from_other_resources() -> None:
    output_of = pulumi.Output.from_input
    arn = f"arn:aws:iam::{ACCOUNT}:role/made-here"
    inputs = children(
        image=IMAGE,
        asynchronous={
            "instance_type": "ml.m5.large",
            "output": output_of("s3://theirs/answers/"),
            "failure": output_of("s3://theirs/errors"),
            "success_topic": output_of(f"arn:aws:sns:{REGION}:{ACCOUNT}:done"),
        },
        key=output_of(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"),
        role=output_of(arn),
    )
    output = inputs["config"]["asyncInferenceConfig"]["outputConfig"]
    assert output["s3OutputPath"] == "s3://theirs/answers"
    assert output["notificationConfig"] == {"successTopic": f"arn:aws:sns:{REGION}:{ACCOUNT}:done"}
    assert inputs["model"]["executionRoleArn"] == arn


def test_without_the_provider_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import modelberth.targets

    for name in [name for name in sys.modules if name.startswith("modelberth.targets.sagemaker")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(modelberth.targets, "sagemaker", raising=False)
    monkeypatch.setitem(sys.modules, "pulumi_aws", None)
    with pytest.raises(DeclarationError, match=r"needs the package pulumi_aws.*uv add 'modelberth\[aws\]'"):
        children(**SERVERLESS)
