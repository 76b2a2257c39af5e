"""The alias of a function: which version callers reach."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Self

from modelberth_platform.aws.errors import AwsError

WARM_SECONDS = 900
"""Until replicas that are kept warm must have moved with the alias."""
_POLL_SECONDS = 2.0


class Alias:
    """The alias of a function, as Lambda has it.

    Every move names the revision that it was decided on, so that two that move it at a time cannot both succeed
    (https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html#lambda-UpdateAlias-request-RevisionId).
    """

    def __init__(self, lambda_: Any, function: str, name: str, live: Mapping[str, Any]) -> None:
        self._lambda, self._function, self._name, self._live = lambda_, function, name, live

    @classmethod
    def found(cls, lambda_: Any, function: str, name: str) -> Self | None:
        """Ask for it; None where there is none."""
        from botocore.exceptions import ClientError

        try:
            return cls(lambda_, function, name, lambda_.get_alias(FunctionName=function, Name=name))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None

    @property
    def version(self) -> str:
        """The version that it points to; during a move in steps the old one."""
        return str(self._live["FunctionVersion"])

    @property
    def weights(self) -> dict[str, float]:
        """The shares of the requests that other versions get, by version: none but during a move."""
        return dict((self._live.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})

    def role_of(self, version: str) -> str:
        """The role that a version of the function runs as."""
        return str(self._lambda.get_function_configuration(FunctionName=self._function, Qualifier=version)["Role"])

    def point_to(self, version: str, weights: Mapping[str, float] | None = None) -> None:
        """Send all requests to the version, but those that `weights` give to others, and wait until it is so.

        Raises:
            AwsError: somebody else has moved it meanwhile, or the replicas that are kept warm do not start.
        """
        from botocore.exceptions import ClientError

        wanted = dict(weights or {})
        try:
            self._live = self._lambda.update_alias(
                FunctionName=self._function,
                Name=self._name,
                FunctionVersion=version,
                RoutingConfig={"AdditionalVersionWeights": wanted},
                RevisionId=self._live["RevisionId"],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailedException":
                raise
            raise AwsError(
                f"the alias {self._name} of {self._function} was moved by somebody else meanwhile; run pulumi refresh, "
                "then pulumi up"
            ) from None
        self._settle(version, wanted)

    def _settle(self, version: str, wanted: Mapping[str, float]) -> None:
        """Where replicas are kept warm, Lambda itself leaves the requests with the old version, by a weight, until the
        new one's are warm (https://github.com/hashicorp/terraform-provider-aws/pull/48116)."""
        deadline = time.monotonic() + WARM_SECONDS
        while (warm := self._warm()) is not None:
            live = self._lambda.get_alias(FunctionName=self._function, Name=self._name)
            self._live = live
            if warm["Status"] == "FAILED":
                reason = warm.get("StatusReason") or "Lambda gives no reason"
                raise AwsError(f"the warm replicas of version {version} do not start: {reason}")
            if warm["Status"] == "READY" and self.weights == wanted:
                return
            if time.monotonic() > deadline:
                raise AwsError(f"the replicas of version {version} are not warm after {WARM_SECONDS // 60} minutes")
            time.sleep(_POLL_SECONDS)

    def _warm(self) -> dict[str, Any] | None:
        """How the replicas that are kept warm are; None where none are."""
        from botocore.exceptions import ClientError

        try:
            return dict(
                self._lambda.get_provisioned_concurrency_config(FunctionName=self._function, Qualifier=self._name)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ProvisionedConcurrencyConfigNotFoundException":
                raise
            return None
