"""What serves on Lambda, as a Pulumi resource. States record this module's path: it is contract.

A version of a function is published by `aws.lambda_.Function`, and the alias `live` is made by `aws.lambda_.Alias`,
which then leaves it alone. Moving it is this resource's: it tries the new version out, moves the requests in steps,
goes back where an alarm rings, and its state keeps saying what is in service. `aws.lambda_.Alias` would move everything
at once and look at nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from modelberth_platform.aws.errors import AwsError, in_words
from modelberth_platform.aws.provider import AwsProvider
from modelberth_platform.providers.base import changed_inputs

_RELEASE_COMPUTED = frozenset({"served", "moving"})
_FUNCTIONS_COMPUTED = frozenset({"region"})
"""The properties that the state of each has beside the inputs."""


class FunctionsProvider(AwsProvider):
    """Makes nothing; deleting it deletes functions that are left of commands which were killed."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        # The region is recorded as the AWS provider finds it, so that what is deleted later is where it was made.
        return CreateResult(props["prefix"], {**props, "region": self.region()})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = changed_inputs(olds, news, _FUNCTIONS_COMPUTED)
        return DiffResult(changes=bool(changed), replaces=changed)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.targets.aws_lambda import kept

        with in_words("Lambda"):
            kept.delete_unknown(self.client("lambda", props), props["prefix"], props["tags"])


class ReleaseProvider(AwsProvider):
    """Moves the alias to a version; the state that it records is what Lambda told last."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        with in_words("Lambda"):
            return CreateResult(f"{props['function']}:{props['alias']}", self._served(props, []))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = changed_inputs(olds, news, _RELEASE_COMPUTED)
        others: list[str] = [key for key in ("function", "alias", "region") if key in changed]
        return DiffResult(changes=bool(changed or olds.get("moving")), replaces=others)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        with in_words("Lambda"):
            return UpdateResult(self._served(news, olds["served"]))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from modelberth_platform.targets.aws_lambda.rollout import Alias

        with in_words("Lambda"):
            alias = Alias(self.client("lambda", props), props["function"], props["alias"])
        if not alias.there:
            return ReadResult("", props)
        return ReadResult(id_, {**props, "version": alias.version, "moving": bool(alias.weights)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Deletes nothing: the versions go with their function."""

    def _served(self, props: Mapping[str, Any], served: list[str]) -> dict[str, Any]:
        """The state after the alias was moved to the wanted version and what is too old was deleted."""
        from modelberth_platform.targets.aws_lambda import health, rollout

        lambda_, version = self.client("lambda", props), str(props["version"])
        alias = rollout.Alias(lambda_, props["function"], props["alias"])
        if not alias.there:
            raise AwsError(f"the endpoint {props['name']} has no alias any more; run pulumi refresh, then pulumi up")
        before = alias.version
        health.check(lambda_, props["function"], version)
        rollout.move(alias, self.client("cloudwatch", props), version, props["rollout"], props)
        remembered = [*(each for each in [*served, before] if each != version), version]
        return self._pruned(props, list(dict.fromkeys(remembered)))

    def _pruned(self, props: Mapping[str, Any], served: list[str]) -> dict[str, Any]:
        from modelberth_platform.aws import repository
        from modelberth_platform.targets.aws_lambda import kept

        lambda_, remembered = self.client("lambda", props), served[-1 - int(props["keep_previous"]) :]
        used = kept.prune(lambda_, props["function"], remembered)
        kept.delete_unknown(lambda_, props["prefix"], props["tags"], known=[props["function"]])
        if props.get("repository"):
            repository.prune(self.client("ecr", props), props["repository"], used)
        return {**props, "served": remembered, "moving": False}


class LambdaFunctions(Resource, module="modelberth", name="LambdaFunctions"):
    """The functions of an endpoint, as a whole: they are made after it, and it goes after them."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(FunctionsProvider(), name, dict(props), opts)


class LambdaRelease(Resource, module="modelberth", name="LambdaRelease"):
    """The version of a function that its alias points to."""

    served: pulumi.Output[list[str]]
    """The versions that were in service and are kept, the present one last."""
    moving: pulumi.Output[bool]
    """Whether a killed command has left the alias between two versions."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(ReleaseProvider(), name, {"served": None, "moving": None, **props}, opts)
