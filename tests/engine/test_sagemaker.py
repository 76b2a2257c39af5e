"""An endpoint's life on the real engine, against moto; boto3 says what is there."""

from __future__ import annotations

from engine.cloud import CloudStack, configurations, endpoint, image

INSTANCES = {"instance_type": "ml.m5.large"}


def test_first(cloud: CloudStack) -> None:
    print(cloud.deploy(image=image(1), **INSTANCES))
    name = cloud.outputs()["endpoint_name"]
    assert endpoint(name)["EndpointStatus"] == "InService"
    assert endpoint(name)["EndpointConfigName"] == configurations()[0]
    assert cloud.planned() == {}
