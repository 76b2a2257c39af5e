"""The base of the providers of modelberth's own resources on AWS."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult

from modelberth_platform.aws.errors import in_words
from modelberth_platform.aws.session import client, region_of, session
from modelberth_platform.providers.base import Provider, changed_inputs

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

    def client(self, service: str, props: Mapping[str, Any], answer_seconds: float | None = None) -> Any:
        """A boto3 client of the service in the region that `props` name; given `answer_seconds`, one that asks once and
        waits so long for the answer."""
        return client(session(props["region"], self._config), service, answer_seconds)


class LeftoversProvider(AwsProvider):
    """The base of providers that make nothing, and whose deletion deletes what others have left."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        # The region is recorded as the AWS provider finds it, so that what is deleted later is where it was made.
        return CreateResult(props["prefix"], {**props, "region": self.region()})

    def replaced(self, olds: Mapping[str, Any], news: Mapping[str, Any], computed: Collection[str]) -> DiffResult:
        """The difference, all of which replaces it; `computed` are the properties that only the state has."""
        changed = changed_inputs(olds, news, computed)
        return DiffResult(changes=bool(changed), replaces=changed)
