"""An endpoint's life on the real engine, against moto; what is there is asked through boto3, not the plugin."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine import moto_patches
from engine.cloud import CloudStack, client, configurations, endpoint, everything, first_instances, image, models
from engine.stack import Failed

REAL: dict[str, Any] = {"instance_type": "ml.m5.large"}
SCALED: dict[str, Any] = {**REAL, "scaling": {"min": 2, "max": 6, "target": 100}}


def name_of(cloud: CloudStack) -> str:
    return f"{cloud.project}-shop-test"


def image_in_service(cloud: CloudStack) -> str:
    """The image of the model that the endpoint serves."""
    name = endpoint(name_of(cloud))["EndpointConfigName"]
    config = client("sagemaker").describe_endpoint_config(EndpointConfigName=name)
    model = client("sagemaker").describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    return str(model["PrimaryContainer"]["Image"])


def set_instances(cloud: CloudStack, count: int) -> None:
    """Set the number of instances, as autoscaling does under load."""
    capacities = [{"VariantName": "main", "DesiredInstanceCount": count}]
    client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=name_of(cloud), DesiredWeightsAndCapacities=capacities
    )


def instances(cloud: CloudStack) -> int:
    return int(endpoint(name_of(cloud))["ProductionVariants"][0]["DesiredInstanceCount"])


def test_from_its_creation_to_its_end(cloud: CloudStack) -> None:
    cloud.arguments(image=image(1), **SCALED)
    assert set(cloud.planned().values()) == {"create"}
    assert everything() == {}, "a preview makes nothing"
    cloud.deploy()
    assert endpoint(name_of(cloud))["EndpointStatus"] == "InService"
    assert image_in_service(cloud) == image(1)
    assert cloud.outputs()["url"].endswith(f"/endpoints/{name_of(cloud)}/invocations")
    assert (len(configurations()), len(models())) == (1, 1)
    resources = everything()
    assert set(resources) == {"endpoints", "configurations", "models", "roles", "logs", "alarms", "targets", "policies"}
    (group,) = client("logs").describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (f"/aws/sagemaker/Endpoints/{name_of(cloud)}", 365)

    assert cloud.planned() == {}
    cloud.deploy()
    assert everything() == resources, "nothing to do, nothing done"

    cloud.destroy()
    assert everything() == {}


def test_a_new_model_behind_the_same_endpoint(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED, rollout={"keep_previous": 1})
    creation_time = endpoint(name_of(cloud))["CreationTime"]
    (first,) = configurations()
    set_instances(cloud, 5)

    cloud.arguments(image=image(2), **SCALED, rollout={"keep_previous": 1})
    assert cloud.planned() == {
        "shop": "update",
        "shop-model": "replace",
        "shop-config": "replace",
        "shop-endpoint": "update",
    }
    cloud.deploy()
    assert endpoint(name_of(cloud))["CreationTime"] == creation_time, "the endpoint stays"
    assert image_in_service(cloud) == image(2)
    assert instances(cloud) == 5, "what autoscaling has set stays"
    assert len(configurations()) == 2, "the previous one is kept"
    assert first in configurations()
    assert len(models()) == 2
    update = moto_patches.FATE.updates[-1]
    assert update["RetainAllVariantProperties"] is True
    assert update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"
    assert len(update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]) == 3
    assert cloud.planned() == {}

    cloud.deploy(image=image(3), **SCALED, rollout={"keep_previous": 1})
    assert image_in_service(cloud) == image(3)
    assert len(configurations()) == 2
    assert first not in configurations(), "older ones are gone"
    assert len(models()) == 2

    cloud.deploy(image=image(2), **SCALED, rollout={"keep_previous": 1})
    assert image_in_service(cloud) == image(2), "the way back is one up with the earlier pin"
    assert instances(cloud) == 5

    cloud.destroy()
    assert everything() == {}, "the kept ones are gone too"


def test_scaling_changes_alone(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED)
    before = configurations()
    cloud.arguments(image=image(1), **REAL, scaling={"min": 3, "max": 9, "target": 50})
    assert cloud.planned() == {"shop": "update", "shop-scaling-target": "update", "shop-scaling-policy": "update"}
    cloud.deploy()
    assert configurations() == before
    (target,) = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 9)
    (policy,) = client("application-autoscaling").describe_scaling_policies(ServiceNamespace="sagemaker")[
        "ScalingPolicies"
    ]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50
    assert moto_patches.FATE.updates == []


def test_another_rollout_touches_nothing_that_serves(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED)
    before = configurations()
    linear = {"strategy": "linear", "percent": 50, "bake_seconds": 0}
    cloud.arguments(image=image(1), **SCALED, rollout=linear)
    assert cloud.planned() == {"shop": "update", "shop-endpoint": "update"}
    cloud.deploy()
    assert (configurations(), moto_patches.FATE.updates) == (before, [])
    cloud.deploy(image=image(2), **SCALED, rollout=linear)
    routing = moto_patches.FATE.updates[-1]["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "LINEAR"


def test_a_rollback_is_told_and_the_next_up_mends_it(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED)
    (first,) = configurations()
    reason = "One or more alarms were breached during the deployment."
    with moto_patches.failing(reason), pytest.raises(Failed) as failure:
        cloud.deploy(image=image(2), **SCALED)
    message = str(failure.value)
    assert reason in message
    assert f"SageMaker went back to {first}, which is in service" in message
    assert "Traceback" not in message
    assert endpoint(name_of(cloud))["EndpointConfigName"] == first
    assert endpoint(name_of(cloud))["EndpointStatus"] == "InService"
    assert image_in_service(cloud) == image(1)
    assert cloud.state()["shop-endpoint"]["outputs"]["config"] == first, "the state says what serves"
    assert cloud.planned().get("shop-endpoint") == "update", "and so does the next preview"

    with moto_patches.failing(reason), pytest.raises(Failed):
        cloud.deploy()
    assert image_in_service(cloud) == image(1), "a second failure changes nothing either"

    cloud.deploy(image=image(3), **SCALED)
    assert image_in_service(cloud) == image(3)
    assert first in configurations(), "the one that served is kept"
    assert len(configurations()) == 2, "the one that failed is not"
    assert cloud.planned() == {}


def test_after_a_rollback_the_earlier_pin_brings_peace(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED)
    with moto_patches.failing("no"), pytest.raises(Failed):
        cloud.deploy(image=image(2), **SCALED)
    cloud.deploy(image=image(1), **SCALED)
    assert image_in_service(cloud) == image(1)
    assert endpoint(name_of(cloud))["EndpointStatus"] == "InService"
    assert cloud.planned() == {}


def test_a_creation_that_fails_leaves_nothing_in_the_way(cloud: CloudStack) -> None:
    reason = "The primary container did not pass the ping health check."
    with moto_patches.failing(reason), pytest.raises(Failed, match=re.escape(reason)):
        cloud.deploy(image=image(1), **REAL)
    assert "endpoints" not in everything()
    cloud.destroy()
    assert everything() == {}
    cloud.deploy(image=image(2), **REAL)
    assert image_in_service(cloud) == image(2)


def test_alarms_that_ring_already_do_not_keep_the_cure_out(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED)
    client("cloudwatch").set_alarm_state(
        AlarmName=f"{name_of(cloud)}-errors", StateValue="ALARM", StateReason="the model in service is broken"
    )
    cloud.deploy(image=image(2), **SCALED)
    watched = moto_patches.FATE.updates[-1]["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert [alarm["AlarmName"] for alarm in watched] == [f"{name_of(cloud)}-{kind}" for kind in ("latency", "overhead")]


def test_drift_is_seen_and_mended(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED)
    client("cloudwatch").delete_alarms(AlarmNames=[f"{name_of(cloud)}-latency"])
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{name_of(cloud)}/variant/main",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=40,
    )
    cloud.refresh()
    assert cloud.planned() == {"shop-alarm-latency": "create", "shop-scaling-target": "update"}
    cloud.deploy()
    (target,) = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert f"{name_of(cloud)}-latency" in [alarm["AlarmName"] for alarm in alarms]


def test_an_endpoint_that_somebody_deleted_comes_back(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **REAL)
    client("sagemaker").delete_endpoint(EndpointName=name_of(cloud))
    cloud.refresh()
    assert cloud.planned()["shop-endpoint"] == "create"
    cloud.deploy()
    assert endpoint(name_of(cloud))["EndpointStatus"] == "InService"


def test_an_endpoint_that_somebody_moved_is_moved_back(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **SCALED)
    cloud.deploy(image=image(2), **SCALED)
    client("sagemaker").update_endpoint(EndpointName=name_of(cloud), EndpointConfigName=configurations()[0])
    while endpoint(name_of(cloud))["EndpointStatus"] != "InService":
        pass
    assert image_in_service(cloud) == image(1)
    cloud.refresh()
    assert cloud.planned() == {"shop-endpoint": "update"}
    cloud.deploy()
    assert image_in_service(cloud) == image(2)


def test_another_kind_of_endpoint_stands_beside_the_old_first(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **REAL)
    assert [each["EndpointName"] for each in client("sagemaker").list_endpoints()["Endpoints"]] == [name_of(cloud)]
    cloud.arguments(image=image(1))
    assert "replace" in cloud.planned()["shop-endpoint"]
    cloud.deploy()
    names = [each["EndpointName"] for each in client("sagemaker").list_endpoints()["Endpoints"]]
    assert names == [f"{name_of(cloud)}-serverless"]
    assert len(configurations()) == 1
    assert cloud.planned() == {}


def test_another_kind_under_a_given_name_is_refused_in_the_preview(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1), **REAL, endpoint_name="fraud")
    cloud.arguments(image=image(1), endpoint_name="fraud")
    with pytest.raises(Failed, match="give the new one another endpoint_name"):
        cloud.planned()
    assert endpoint("fraud")["EndpointStatus"] == "InService"


def test_an_endpoint_of_somebody_else_is_left_alone(cloud: CloudStack) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_model(ModelName="theirs", ExecutionRoleArn="arn:aws:iam::123456789012:role/theirs")
    variant = {"VariantName": "a", "ModelName": "theirs", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="theirs", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name_of(cloud), EndpointConfigName="theirs")
    with pytest.raises(Failed, match="which this stack did not make"):
        cloud.deploy(image=image(1), **REAL)
    assert endpoint(name_of(cloud))["EndpointConfigName"] == "theirs"
    cloud.destroy()
    assert (models(), configurations()) == (["theirs"], ["theirs"])
    sagemaker.delete_endpoint(EndpointName=name_of(cloud))
    while "endpoints" in everything():
        sagemaker.describe_endpoint(EndpointName=name_of(cloud))
    sagemaker.delete_endpoint_config(EndpointConfigName="theirs")
    sagemaker.delete_model(ModelName="theirs")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"asynchronous": {"instance_type": "ml.m5.large"}, "scaling": {"min": 0, "max": 3}},
        {
            **REAL,
            "capture": {"percent": 10},
            "network": {"subnets": ["subnet-1"], "security_groups": ["sg-1"], "isolated": True},
            "alarms": {"notify": "team@example.com", "no_invocations_minutes": 60, "owner": "us"},
            "callers": ["arn:aws:iam::210987654321:role/web"],
            "dashboard": True,
            "start_timeout_seconds": 600,
            "volume_gb": 50,
        },
    ],
    ids=["serverless", "asynchronous", "with everything"],
)
def test_each_kind_stands_and_goes(cloud: CloudStack, arguments: dict[str, Any]) -> None:
    cloud.deploy(image=image(1), **arguments)
    name = cloud.outputs()["endpoint_name"]
    assert endpoint(name)["EndpointStatus"] == "InService"
    assert cloud.planned() == {}
    cloud.deploy(image=image(2), **arguments)
    assert len(configurations()) == 2
    cloud.destroy()
    assert everything() == {}


@pytest.mark.parametrize("during", ["creation", "update"])
def test_a_command_killed_on_the_way_is_taken_up_again(cloud: CloudStack, during: str) -> None:
    """The endpoint goes on without the command; the next one waits for it and goes on from there."""
    state = "Creating"
    if during == "update":
        cloud.deploy(image=image(1), **REAL)
        state = "Updating"
    cloud.arguments(image=image(2), **REAL)
    with moto_patches.lasting(200):
        cloud.kill_during("up", "--yes", "--skip-preview", when=lambda: _status(name_of(cloud)) == state, mark=during)
    assert _status(name_of(cloud)) == state
    while _status(name_of(cloud)) != "InService":
        pass
    cloud.run("cancel", "--yes")
    cloud.deploy()
    assert image_in_service(cloud) == image(2)
    assert cloud.planned() == {}


def _status(name: str) -> str:
    endpoints = client("sagemaker").list_endpoints()["Endpoints"]
    return next((str(endpoint(name)["EndpointStatus"]) for each in endpoints if each["EndpointName"] == name), "")


def test_from_serverless_to_instances(cloud: CloudStack) -> None:
    cloud.deploy(image=image(1))
    cloud.deploy(image=image(1), **REAL, scaling={"min": 2}, rollout={"strategy": "all-at-once"})
    assert first_instances(name_of(cloud)) == {"main": 2}
    names = [each["EndpointName"] for each in client("sagemaker").list_endpoints()["Endpoints"]]
    assert names == [name_of(cloud)]


def test_the_endpoint_uses_the_credentials_that_the_stack_names(cloud: CloudStack) -> None:
    cloud.configure("aws:profile", "nobody")
    with pytest.raises(Failed, match="AWS's credentials cannot be used: The config profile \\(nobody\\) could not be"):
        cloud.deploy(image=image(1), **REAL)
    cloud.run("config", "rm", "aws:profile")
    cloud.deploy()
    assert endpoint(name_of(cloud))["EndpointStatus"] == "InService"
