"""Sessions and clients of AWS, with the credentials that a stack's `aws:` configuration names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelberth_platform.errors import UserError

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
    settings = config or {}
    keys = {"aws_access_key_id": "accessKey", "aws_secret_access_key": "secretKey", "aws_session_token": "token"}
    credentials = {name: settings[key] for name, key in keys.items() if settings.get(key)}
    try:
        opened = boto3.Session(profile_name=settings.get("profile"), region_name=region, **credentials)
        for role in _roles(settings):
            opened = _assumed(opened, role, region)
    except BotoCoreError as error:
        raise UserError(f"AWS's credentials cannot be used: {error}") from None
    return opened


def provider_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The `aws:` part of a stack's configuration, its keys without `aws:`."""
    return {key.removeprefix("aws:"): value for key, value in config.items() if key.startswith("aws:")}


def account_of(config: Mapping[str, Any]) -> str | None:
    """The account that a stack deploys to, as far as its `aws:` configuration says so: that of the role which is
    assumed last, or the only one that is allowed."""
    assumed = re.findall(r"arn:[a-z-]+:iam::(\d{12}):role/", str(config.get("assumeRoles") or ""))
    allowed = re.findall(r"\b\d{12}\b", str(config.get("allowedAccountIds") or ""))
    return assumed[-1] if assumed else allowed[0] if len(allowed) == 1 else None


def partition_of(region: str) -> str:
    """The partition of a region, as ARNs begin with it; that of most where the region is not known."""
    partitions = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((partition for start, partition in partitions.items() if region.startswith(start)), "aws")


def client(opened: boto3.Session, service: str, answer_seconds: float | None = None) -> Any:
    """A client that is patient with throttling and connects anew where a connection breaks; given `answer_seconds`, one
    that asks once and waits so long for the answer."""
    from botocore.config import Config

    if answer_seconds is not None:
        once = Config(read_timeout=answer_seconds, retries={"mode": "standard", "total_max_attempts": 1})
        return opened.client(service, config=once)
    return opened.client(service, config=Config(retries={"mode": "standard", "max_attempts": 8}))


def region_of(opened: boto3.Session) -> str:
    """The region of a session's clients.

    Raises:
        UserError: none is configured.
    """
    if opened.region_name is None:
        raise UserError("no AWS region is configured; set it: pulumi config set aws:region eu-central-1")
    return str(opened.region_name)


def _roles(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    value = config.get("assumeRoles") or []
    roles = json.loads(value) if isinstance(value, str) else value
    return [role for role in roles if role.get("roleArn")]


def _assumed(opened: boto3.Session, role: Mapping[str, Any], region: str | None) -> boto3.Session:
    """A session that is the role, for as long as an update takes: its credentials are fetched again before they end."""
    import boto3
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.session import get_session

    request = {"RoleSessionName": role.get("sessionName") or "modelberth"}
    if role.get("externalId"):
        request["ExternalId"] = role["externalId"]
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=opened.client,
        source_credentials=opened.get_credentials(),
        role_arn=role["roleArn"],
        extra_args=request,
    )
    lasting = get_session()
    lasting._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return boto3.Session(botocore_session=lasting, region_name=region)
