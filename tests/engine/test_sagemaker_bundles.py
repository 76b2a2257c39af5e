"""Bundles on SageMaker: real images in the registry on loopback, previews that name the model, and several variants."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Variant
from image.conftest import ContainerEngine, container_engine, served

from engine import moto_patches
from engine.cloud import CloudStack, client, configurations, endpoint, first_instances, models
from engine.images import image_settings
from modelberth_platform.bundle import resolve

__all__ = ["container_engine"]

REAL: dict[str, Any] = {"api": "release", "instance_type": "ml.m5.large"}


@pytest.fixture
def shop(cloud: CloudStack, container_engine: ContainerEngine, tmp_path: Path) -> CloudStack:
    """A stack whose images are really built and pushed."""
    cloud.configure("modelberth:images", json.dumps(image_settings(container_engine, tmp_path)))
    return cloud


def variants_in_service(name: str) -> dict[str, str]:
    """The image of each variant that the endpoint serves."""
    sagemaker = client("sagemaker")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint(name)["EndpointConfigName"])
    variants = config["ProductionVariants"] + config.get("ShadowProductionVariants", [])
    return {
        each["VariantName"]: sagemaker.describe_model(ModelName=each["ModelName"])["PrimaryContainer"]["Image"]
        for each in variants
    }


def test_what_sagemaker_runs_is_the_image_of_the_bundle(
    shop: CloudStack, echo: Path, variant: Variant, container_engine: ContainerEngine
) -> None:
    shop.deploy(bundle=str(echo), **REAL)
    name = shop.outputs()["endpoint_name"]
    first = variants_in_service(name)["main"]
    assert first.startswith(f"{container_engine.registry}/{shop.project}/shop-test@sha256:")
    with served(first, MODELBERTH_API="release") as url:
        assert httpx.post(f"{url}/invocations", json={}).text == "one"
        assert httpx.get(f"{url}/ping").headers["x-modelberth-release"] == shop.outputs()["release"]
    assert shop.planned() == {}

    two = variant("two")
    shop.arguments(bundle=str(two), **REAL)
    _check_diff(shop.run("preview", "--diff"), resolve(str(echo)).facts.digest, resolve(str(two)).facts.digest)
    shop.deploy()
    second = variants_in_service(name)["main"]
    with served(second, MODELBERTH_API="release") as url:
        assert httpx.post(f"{url}/invocations", json={}).text == "two"
    tags = {
        tag["Key"]: tag["Value"] for tag in client("sagemaker").list_tags(ResourceArn=shop.outputs()["arn"])["Tags"]
    }
    assert tags["modelberth:digest"] == resolve(str(two)).facts.digest
    assert tags["modelberth:release"] == shop.outputs()["release"]
    assert (len(configurations()), len(models())) == (2, 2)
    assert shop.planned() == {}


def _check_diff(diff: str, old: str, new: str) -> None:
    """Check what a reviewer of a pull request sees of a new model."""
    component = diff[diff.index("modelberth:index:ManagedEndpoint: (update)") : diff.index("docker:index/image:Image")]
    assert re.search(rf'~ digest *: "{old}" => "{new}"', component), component
    assert "~ version" in component
    assert "endpoint and URL stay; new model and config beside the old, of which 2 are kept;" in component
    assert "traffic moves all-at-once, watched 300 s, back on an alarm" in component, "the diff shows it whole"
    marks = dict(re.findall(r"^ *(?:~|\+-|\+|-) ?\S+:(\w+): \((\w+)\)", diff, re.MULTILINE))
    assert marks == {
        "ManagedEndpoint": "update",
        "Image": "update",
        "ImageTag": "update",
        "Model": "replace",
        "EndpointConfiguration": "replace",
        "SageMakerEndpoint": "update",
    }


def test_the_way_back_where_every_image_is_built_anew(
    shop: CloudStack, echo: Path, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without the layers of the first build makes an image of other bytes for the same release."""
    shop.deploy(bundle=str(echo), **REAL)
    name = shop.outputs()["endpoint_name"]
    first, release = variants_in_service(name)["main"], shop.outputs()["release"]
    shop.deploy(bundle=str(variant("two")), **REAL)
    monkeypatch.setenv("MODELBERTH_TEST_BUILD_ANEW", "yes")  # other tests need what the container engine keeps
    shop.deploy(bundle=str(echo), **REAL)
    again = variants_in_service(name)["main"]
    assert shop.outputs()["release"] == release
    assert again != first
    images = client("ecr").describe_images(repositoryName=f"{shop.project}/shop-test")["imageDetails"]
    tag = release.removeprefix("sha256:")[:20]
    tagged = {image["imageDigest"]: image["imageTags"] for image in images}
    assert tagged[first.partition("@")[2]] == [tag]
    assert tagged[again.partition("@")[2]] == [f"{tag}-2"]
    assert len(images) == 3
    assert shop.planned() == {}

    shop.run("up", "--yes", "--skip-preview", "--replace", "**shop-image-tag")
    images = client("ecr").describe_images(repositoryName=f"{shop.project}/shop-test")["imageDetails"]
    assert f"{tag}-3" in {tag for image in images for tag in image["imageTags"]}, "as docs/sagemaker.md says"
    assert shop.planned() == {}


def test_variants_and_a_shadow(shop: CloudStack, echo: Path, variant: Variant) -> None:
    two = str(variant("two"))
    shop.deploy(bundle=str(echo), **REAL)
    name = shop.outputs()["endpoint_name"]
    assert first_instances(name) == {"main": 1}
    shop.deploy(bundle=str(echo), **REAL, variants={"challenger": {"bundle": two, "weight": 0.1}})
    assert first_instances(name) == {"main": 1, "challenger": 1}, "one that joins begins with instances of its own"
    assert set(variants_in_service(name)) == {"main", "challenger"}
    assert _weights(name) == {"main": 0.9, "challenger": 0.1}
    targets = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")[
        "ScalableTargets"
    ]
    assert len(targets) == 2
    assert shop.planned() == {}
    capacities = [{"VariantName": "main", "DesiredInstanceCount": 4}]
    client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=capacities
    )

    shop.deploy(bundle=str(echo), **REAL, variants={"challenger": {"bundle": two, "weight": 0.4}})
    assert _weights(name) == {"main": 0.6, "challenger": 0.4}, "weights that are declared anew take effect"
    assert endpoint(name)["ProductionVariants"][0]["DesiredInstanceCount"] == 4, "what autoscaling has set stays"
    assert moto_patches.FATE.updates[-1]["ExcludeRetainedVariantProperties"] == [
        {"VariantPropertyType": "DesiredWeight"}
    ]

    shop.deploy(bundle=str(echo), **REAL, shadow={"bundle": two, "percent": 50})
    assert set(variants_in_service(name)) == {"main", "shadow"}
    assert len(endpoint(name)["ProductionVariants"]) == 1
    assert shop.planned() == {}


def _weights(name: str) -> dict[str, float]:
    return {each["VariantName"]: each["DesiredWeight"] for each in endpoint(name)["ProductionVariants"]}
