"""`modelberth.client` of an endpoint on SageMaker: signed calls through its runtime's API to a real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from engine import moto_patches
from loopback import aws_on_loopback
from sagemaker_runtime import sagemaker_runtime
from serving.conftest import Server

import modelberth
from modelberth import PredictionError
from modelberth_platform.errors import UserError

URL = "https://runtime.sagemaker.eu-central-1.amazonaws.com/endpoints/shop/{}"
SHAPE: dict[str, Any] = {"name": "x", "points": [{"x": 1.5, "y": 2}]}


@pytest.fixture(scope="module")
def container(echo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The runtime as SageMaker's containers run it."""
    scratch = tmp_path_factory.mktemp("sagemaker")
    shutil.copytree(echo, scratch / "bundle")
    server = Server(scratch / "bundle", scratch, MODELBERTH_API="echo")
    yield server
    server.stop()


@pytest.fixture
def runtime(container: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    moto_patches.patch()
    with aws_on_loopback(monkeypatch), sagemaker_runtime("shop", container.url) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", url)
        yield


def test_each_way_of_calling(runtime: None, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("12345")
    with modelberth.client(URL.format("invocations")) as shop:
        assert shop.predict(shape=SHAPE) == [SHAPE]
        assert shop.predict({"shape": SHAPE, "times": 2}) == [SHAPE, SHAPE]
        assert shop.call("release", {}) == "one"
        assert shop.call("/upload", file=tmp_path / "file.txt") == 5
        assert "".join(shop.stream("count", to=12)) == "".join(f"{number}\n" for number in range(12))


def test_what_the_model_refuses(runtime: None) -> None:
    with modelberth.client(URL.format("invocations")) as shop, pytest.raises(PredictionError) as refused:
        shop.predict(shape={"name": "x", "points": []})
    assert refused.value.status == 400
    assert "points" in str(refused.value.detail)


def test_what_sagemaker_refuses(runtime: None, monkeypatch: pytest.MonkeyPatch) -> None:
    other = URL.format("invocations").replace("/shop/", "/shoq/")
    with modelberth.client(other) as shop, pytest.raises(PredictionError, match="Endpoint of .* not found"):
        shop.predict(shape=SHAPE)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with modelberth.client(URL.format("invocations")) as shop, pytest.raises(PredictionError, match="signature") as no:
        shop.predict(shape=SHAPE)
    assert no.value.status == 403


def test_an_address_that_is_none() -> None:
    with pytest.raises(UserError, match="is no invocation URL"):
        modelberth.client("https://runtime.sagemaker.eu-central-1.amazonaws.com/shop")


def test_asynchronous(runtime: None) -> None:
    _asynchronous_endpoint()
    with modelberth.client(URL.format("async-invocations"), timeout_seconds=20) as shop:
        assert shop.predict(shape=SHAPE) == [SHAPE]
        assert shop.call("release", {}) == "one"
        with pytest.raises(PredictionError, match="points"):
            shop.predict(shape={"name": "x", "points": []})
        with pytest.raises(PredictionError, match="streams nothing"):
            shop.stream("count", to=3)
    keys = [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="answers")["Contents"]]
    assert len([key for key in keys if key.startswith("shop/output/requests/")]) == 3, "where the role may read"


def test_a_caller_that_may_not_list_the_bucket(runtime: None) -> None:
    _asynchronous_endpoint()
    with modelberth.client(URL.format("async-invocations"), timeout_seconds=20) as shop:
        _forbidden_where_missing(shop)
        assert shop.predict(shape=SHAPE) == [SHAPE]
    with modelberth.client(URL.format("async-invocations"), timeout_seconds=1) as shop:
        _forbidden_where_missing(shop, always=True)
        with pytest.raises(PredictionError, match=r"within 1 s; it will be at s3://answers/.*AccessDenied"):
            shop.predict(shape=SHAPE)


def _forbidden_where_missing(shop: Any, *, always: bool = False) -> None:
    """As S3 answers who has s3:GetObject alone."""
    s3 = shop._s3
    get_object = s3.get_object

    def answer(**asked: Any) -> Any:
        try:
            if not always:
                return get_object(**asked)
        except s3.exceptions.NoSuchKey:
            pass
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject")

    s3.get_object = answer


def _asynchronous_endpoint() -> None:
    region: Any = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket="answers", CreateBucketConfiguration=region)
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/role-of-it")
    sagemaker.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[
            {"VariantName": "main", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
        AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://answers/shop/output"}},
    )
    sagemaker.create_endpoint(EndpointName="shop", EndpointConfigName="c")
