"""Calling an endpoint on SageMaker: its runtime's API, signed, in place of HTTP.

SageMaker has one route; the Bento's other APIs are named in the custom attributes, which the serving runtime reads.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from modelberth_platform.aws.session import session
from modelberth_platform.client.base import Client, PredictionError, parsed, refused, request_of
from modelberth_platform.errors import UserError
from modelberth_platform.targets.sagemaker.names import REQUESTS

POLL_SECONDS = 0.5


def sagemaker_client(url: str, timeout_seconds: float) -> Client:
    """A client of the endpoint whose invocation URL that is.

    Raises:
        UserError: it is no such URL.
    """
    parts = urlsplit(url)
    path = parts.path.strip("/").split("/")
    host = (parts.hostname or "").split(".")
    if len(path) != 3 or path[0] != "endpoints" or len(host) < 3:
        raise UserError(
            f"{url!r} is no invocation URL; one is https://runtime.sagemaker.REGION.amazonaws.com/endpoints/…"
        )
    kind = AsynchronousClient if path[2] == "async-invocations" else SageMakerClient
    return kind(path[1], host[2], timeout_seconds)


class SageMakerClient(Client):
    """Calls a real-time or serverless endpoint, and waits for the answer."""

    def __init__(self, endpoint: str, region: str, timeout_seconds: float) -> None:
        from botocore.config import Config

        self.endpoint = endpoint
        self._session = session(region)
        once = Config(read_timeout=timeout_seconds, retries={"mode": "standard", "total_max_attempts": 1})
        self._runtime: Any = self._session.client("sagemaker-runtime", config=once)

    def stream(self, api: str, body: Any = None, /, **fields: Any) -> Iterator[str]:
        with _encoded(body, fields) as (content, kind), self._explained():
            answer = self._runtime.invoke_endpoint_with_response_stream(
                EndpointName=self.endpoint, Body=content, ContentType=kind, **_attributes(api.lstrip("/"))
            )
            for event in answer["Body"]:
                yield event["PayloadPart"]["Bytes"].decode()

    def close(self) -> None:
        self._runtime.close()

    def _call(self, api: str | None, body: Any, fields: Mapping[str, Any]) -> Any:
        with _encoded(body, fields) as (content, kind), self._explained():
            answer = self._runtime.invoke_endpoint(
                EndpointName=self.endpoint, Body=content, ContentType=kind, **_attributes(api)
            )
        return parsed(answer["Body"].read(), answer.get("ContentType", ""))

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            raise self._refused(error.response) from None
        except BotoCoreError as error:
            raise PredictionError(f"the endpoint {self.endpoint} did not answer: {error}") from None

    def _refused(self, response: Mapping[str, Any]) -> PredictionError:
        error = response["Error"]
        status = response.get("OriginalStatusCode")
        if status is not None:  # the container's own answer
            content = str(response.get("OriginalMessage", "")).encode()
            kind = "application/json" if content[:1] in (b"{", b"[") else "text/plain"
            return refused(f"the model behind {self.endpoint}", int(status), content, kind)
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        text = f"SageMaker refused the request to {self.endpoint}: {error.get('Code')}: {error.get('Message')}"
        advice = (
            "; callers= or grant_invoke lets a role call it" if error.get("Code") == "AccessDeniedException" else ""
        )
        return PredictionError(text + advice, status, error)


class AsynchronousClient(SageMakerClient):
    """Calls an asynchronous endpoint: puts the request into S3, and waits for the answer to be there.

    It needs `sagemaker:DescribeEndpoint`, to write below `requests/` of the answers' prefix, and to read the answers.
    """

    def __init__(self, endpoint: str, region: str, timeout_seconds: float) -> None:
        super().__init__(endpoint, region, timeout_seconds)
        self._s3: Any = self._session.client("s3")
        self._sagemaker: Any = self._session.client("sagemaker")
        self._timeout_seconds = timeout_seconds

    def stream(self, api: str, body: Any = None, /, **fields: Any) -> Iterator[str]:
        raise PredictionError(f"the endpoint {self.endpoint} is asynchronous, which streams nothing; use call")

    def close(self) -> None:
        super().close()
        self._s3.close()
        self._sagemaker.close()

    def _call(self, api: str | None, body: Any, fields: Mapping[str, Any]) -> Any:
        with _encoded(body, fields) as (content, kind), self._explained():
            bucket, _, prefix = self._output().partition("/")
            key = f"{prefix}/{REQUESTS}/{uuid.uuid4()}".lstrip("/")
            self._s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind)
            accepted = self._runtime.invoke_endpoint_async(
                EndpointName=self.endpoint, InputLocation=f"s3://{bucket}/{key}", ContentType=kind, **_attributes(api)
            )
            return self._answer(accepted["OutputLocation"], accepted.get("FailureLocation"))

    def _output(self) -> str:
        endpoint = self._sagemaker.describe_endpoint(EndpointName=self.endpoint)
        return str(endpoint["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"]).removeprefix("s3://")

    def _answer(self, output: str, failure: str | None) -> Any:
        deadline, refusals = time.monotonic() + self._timeout_seconds, set[str]()
        while time.monotonic() < deadline:
            if (answer := self._object(output, refusals)) is not None:
                return parsed(*answer)
            if failure is not None and (error := self._object(failure, refusals)) is not None:
                raise refused(f"the model behind {self.endpoint}", 500, error[0], "text/plain")
            time.sleep(POLL_SECONDS)
        denied = "; S3 says AccessDenied, so this caller may not read it (s3:GetObject), or it is not there yet"
        raise PredictionError(
            f"{self.endpoint} gave no answer within {self._timeout_seconds:g} s; it will be at {output}"
            + (denied if "AccessDenied" in refusals else "")
        )

    def _object(self, location: str, refusals: set[str]) -> tuple[bytes, str] | None:
        """An object's bytes and content type; None where there is no such object yet.

        S3 tells that only those who may list the bucket, and refuses all others
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html). The code of its answer is added to
        `refusals`.
        """
        from botocore.exceptions import ClientError

        bucket, _, key = location.removeprefix("s3://").partition("/")
        try:
            stored = self._s3.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in ("NoSuchKey", "AccessDenied"):
                raise
            refusals.add(code)
            return None
        return stored["Body"].read(), stored.get("ContentType", "")


@contextlib.contextmanager
def _encoded(body: Any, fields: Mapping[str, Any]) -> Iterator[tuple[bytes, str]]:
    """The request's bytes and content type; httpx writes forms with files."""
    with request_of(body, fields) as request:
        written = httpx.Request("POST", "https://runtime.invalid", **request)
        yield written.read(), written.headers["content-type"]


def _attributes(api: str | None) -> dict[str, str]:
    return {"CustomAttributes": f"api={api}"} if api else {}
