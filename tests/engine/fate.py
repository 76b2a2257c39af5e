"""What the tests decide of the account on moto, and what they learn of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a function answers to an invocation.

    Attributes:
        payload: what it answers, as JSON.
        error: whether it is a function error, which AWS tells as `Unhandled`.
    """

    payload: Any
    error: bool = False


HEALTHY = Answer({"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "{}"})
UNHEALTHY = Answer({"statusCode": 500, "headers": {"content-type": "text/plain"}, "body": "Internal Server Error"})
BROKEN = Answer({"errorMessage": "the bundle cannot be read", "errorType": "Runtime.ImportModuleError"}, error=True)
TIMED_OUT = Answer({"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 1 Error: Task timed out"}, error=True)


@dataclass(frozen=True)
class Invocation:
    """One invocation of a function.

    Attributes:
        function: the function's name.
        qualifier: the version or alias that was asked for; empty for none.
        version: the version that ran.
        image: the URI of its image.
        payload: what it was given, decoded from JSON.
    """

    function: str
    qualifier: str
    version: str
    image: str
    payload: Any


@dataclass(frozen=True)
class ApiCall:
    """One call of AWS's API.

    Attributes:
        service: the service's name as botocore has it.
        operation: the operation's name.
        method: the HTTP method, which is the action that a policy allows for API Gateway.
        path: the path of the request.
    """

    service: str
    operation: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"

    @property
    def action(self) -> str:
        """The action that a policy must allow for it."""
        if self.service.startswith("apigateway"):
            return f"apigateway:{self.method}"
        return _ACTIONS.get(str(self), str(self))


_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""The operations whose actions are called otherwise
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html)."""


@dataclass
class Fate:
    """How the next deployments end, and what was asked of AWS.

    Attributes:
        reason: the reason for which SageMaker gives up; None lets the deployments succeed.
        lasting: how often what is under way is described so before it ends; 1 by default.
        quotas: SageMaker's quotas in the account, by name.
        updates: the requests of `UpdateEndpoint`, the oldest first.
        answers: what a Lambda function answers, by the URI of its image: an answer, or what makes one of the payload.
            Every other image answers that it is healthy.
        unstartable: the reasons for which Lambda cannot start a version, by the URI of its image.
        invocations: the invocations of functions, the oldest first.
        calls: every call that has reached AWS, the oldest first.
    """

    reason: str | None = None
    lasting: int = 1
    quotas: dict[str, float] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Answer | Callable[[Any], Answer]] = field(default_factory=dict)
    unstartable: dict[str, str] = field(default_factory=dict)
    invocations: list[Invocation] = field(default_factory=list)
    calls: list[ApiCall] = field(default_factory=list)

    def answer(self, image: str, payload: bytes) -> tuple[Any, Answer]:
        """The payload, decoded, and what the image answers to it."""
        given = json.loads(payload) if payload else {}
        decided = self.answers.get(image, HEALTHY)
        return given, decided if isinstance(decided, Answer) else decided(given)

    def forget(self) -> None:
        """Let everything succeed, and know of nothing that was asked."""
        for known in (self.updates, self.answers, self.unstartable, self.invocations, self.calls):
            known.clear()


FATE = Fate()


@contextmanager
def failing(reason: str) -> Iterator[None]:
    """Let every creation and update of an endpoint fail with this reason."""
    FATE.reason = reason
    try:
        yield
    finally:
        FATE.reason = None


@contextmanager
def lasting(times: int) -> Iterator[None]:
    """Let what is under way be described so that often before it ends."""
    FATE.lasting = times
    try:
        yield
    finally:
        FATE.lasting = 1


@contextmanager
def answering(image: str, answer: Answer | Callable[[Any], Answer]) -> Iterator[None]:
    """Let the functions that run this image answer so."""
    FATE.answers[image] = answer
    try:
        yield
    finally:
        FATE.answers.pop(image, None)
