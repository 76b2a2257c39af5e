"""AWS clients as the stack's provider would have them: `aws:region`, `aws:profile`, `aws:assumeRoles`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from modelberth_platform.errors import UserError
from modelberth_platform.sagemaker.errors import SageMakerError

if TYPE_CHECKING:
    import boto3


def session(region: str | None, config: Mapping[str, Any] | None = None) -> boto3.Session:
    """A session with the credentials of the environment, or of the profile and role that the configuration names.

    Args:
        region: of the clients.
        config: the stack's `aws:` configuration, its keys without `aws:`.

    Raises:
        UserError: boto3 is not installed, or there are no credentials.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise UserError("the package boto3 is missing, which the AWS targets need: uv add 'modelberth[aws]'") from None
    given = config or {}
    keys = {"aws_access_key_id": "accessKey", "aws_secret_access_key": "secretKey", "aws_session_token": "token"}
    named = {name: given[key] for name, key in keys.items() if given.get(key)}
    try:
        found = boto3.Session(profile_name=given.get("profile"), region_name=region, **named)
        for role in _roles(given):
            found = _assumed(found, role, region)
    except BotoCoreError as error:
        raise UserError(f"AWS's credentials cannot be used: {error}") from None
    return found


def client(found: boto3.Session, service: str) -> Any:
    """A client that is patient with throttling and connects anew where a connection breaks."""
    from botocore.config import Config

    return found.client(service, config=Config(retries={"mode": "standard", "max_attempts": 8}))


def region_of(found: boto3.Session) -> str:
    """The region of a session's clients.

    Raises:
        UserError: none is configured.
    """
    if found.region_name is None:
        raise UserError("no AWS region is configured; set it: pulumi config set aws:region eu-central-1")
    return str(found.region_name)


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """AWS's refusals as errors for a user; `what` was asked for."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith("botocore."):
            raise SageMakerError(f"{what}: {error}") from None
        raise


def _roles(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    value = config.get("assumeRoles") or []
    roles = json.loads(value) if isinstance(value, str) else value
    return [role for role in roles if role.get("roleArn")]


def _assumed(found: boto3.Session, role: Mapping[str, Any], region: str | None) -> boto3.Session:
    """A session that is the role, for as long as an update takes: its credentials are fetched again before they end."""
    import boto3
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.session import get_session

    asked = {"RoleSessionName": role.get("sessionName") or "modelberth"}
    if role.get("externalId"):
        asked["ExternalId"] = role["externalId"]
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=found.client,
        source_credentials=found.get_credentials(),
        role_arn=role["roleArn"],
        extra_args=asked,
    )
    lasting = get_session()
    lasting._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return boto3.Session(botocore_session=lasting, region_name=region)
