"""The base of the providers of modelberth's own resources on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import ConfigureRequest

from modelberth_platform.aws.errors import in_words
from modelberth_platform.aws.session import client, region_of, session
from modelberth_platform.providers.base import Provider

_CONFIG_KEYS = ("region", "profile", "assumeRoles", "accessKey", "secretKey", "token")


class AwsProvider(Provider):
    """A provider with AWS clients, which use the stack's `aws:` configuration as pulumi-aws's own provider does."""

    def configure(self, req: ConfigureRequest) -> None:
        super().configure(req)
        self._config = {key: req.config.get(f"aws:{key}") for key in _CONFIG_KEYS}

    def region(self) -> str:
        """The region that the AWS provider deploys to.

        Raises:
            UserError: no region is configured.
        """
        with in_words("AWS"):
            return region_of(session(self._config.get("region"), self._config))

    def client(self, service: str, props: Mapping[str, Any]) -> Any:
        """A boto3 client of the service in the region that `props` name."""
        return client(session(props["region"], self._config), service)
