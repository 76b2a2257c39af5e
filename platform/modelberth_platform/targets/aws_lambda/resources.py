"""What serves on Lambda, as a Pulumi resource. States record this module's path: it is contract.

A version of a function is published by `aws.lambda_.Function`, and the alias `live` is made by `aws.lambda_.Alias`,
which then leaves it alone. Moving it is this resource's: it tries the new version out, moves the requests in steps,
goes back where an alarm rings, and its state keeps saying what is in service. `aws.lambda_.Alias` would move everything
at once and look at nothing.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from modelberth_platform.aws.errors import AwsError, in_words
from modelberth_platform.aws.provider import AwsProvider, LeftoversProvider
from modelberth_platform.providers.base import changed_inputs
from modelberth_platform.targets.aws_lambda.alias import Alias
from modelberth_platform.targets.aws_lambda.names import MARK_TAG

_RELEASE_COMPUTED = frozenset({"served", "moving"})
"""The properties that its state has beside the inputs."""


class FunctionsProvider(LeftoversProvider):
    """Makes nothing; deleting it deletes functions that are left of commands which were killed.

    They bear the mark that it has drawn: another state's functions, of the same names, do not.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        return super().create({**props, "mark": secrets.token_hex(8)})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return self.replaced(olds, news, {"region", "mark"})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.targets.aws_lambda import kept

        with in_words("Lambda"):
            kept.delete_unknown(self.client("lambda", props), props["prefix"], {MARK_TAG: props["mark"]})


class ReleaseProvider(AwsProvider):
    """Moves the alias to a version; the state that it records is what Lambda told last."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        state = self._moved(props, [])
        self._delete_unknown(props)
        return CreateResult(f"{props['function']}:{props['alias']}", state)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = changed_inputs(olds, news, _RELEASE_COMPUTED)
        others: list[str] = [key for key in ("function", "alias", "region") if key in changed]
        return DiffResult(changes=bool(changed or olds.get("moving")), replaces=others)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._moved(news, [*olds["served"], str(olds["version"])]))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        with in_words("Lambda"):
            alias = Alias.found(self.client("lambda", props), props["function"], props["alias"])
        if alias is None:
            return ReadResult("", props)
        return ReadResult(id_, {**props, "version": alias.version, "moving": bool(alias.weights)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Deletes nothing: the versions go with their function."""

    def _moved(self, props: Mapping[str, Any], served: list[str]) -> dict[str, Any]:
        """The state after the alias was moved to the wanted version.

        Args:
            props: the inputs.
            served: the versions that were in service, the last one last; none where nothing was.
        """
        from modelberth_platform.targets.aws_lambda import health, rollout

        lambda_, function, version = self.client("lambda", props), str(props["function"]), str(props["version"])
        with in_words(f"the endpoint {props['name']}"):
            alias = Alias.found(lambda_, function, props["alias"])
            if alias is None:
                raise AwsError(f"its alias {props['alias']} is gone; run pulumi refresh, then pulumi up")
            health.check(lambda_, lambda seconds: self.client("lambda", props, seconds), function, version)
            there = alias.version == version and not alias.weights
            if not served and not there:  # what it points to, nobody has relied on
                alias.point_to(version)
            elif served and not (there and served[-1] == version):
                rollout.move(alias, self.client("cloudwatch", props), version, served[-1], props)
        kept_versions = list(dict.fromkeys([*(each for each in served if each != version), version]))
        return self._pruned(props, kept_versions[-1 - int(props["keep_previous"]) :])

    def _pruned(self, props: Mapping[str, Any], remembered: list[str]) -> dict[str, Any]:
        """The state after what is too old was deleted; what could not be is left for the next update, since the release
        serves, and the state must say so."""
        from botocore.exceptions import BotoCoreError, ClientError

        from modelberth_platform.aws import repository
        from modelberth_platform.targets.aws_lambda import kept

        lambda_ = self.client("lambda", props)
        with contextlib.suppress(BotoCoreError, ClientError):
            used = kept.prune(lambda_, props["function"], remembered)
            if props.get("repository"):
                repository.prune(self.client("ecr", props), props["repository"], used)
        return {**props, "served": remembered, "moving": False}

    def _delete_unknown(self, props: Mapping[str, Any]) -> None:
        """Delete functions that a killed creation has left, after which comes another; what cannot be deleted now goes
        with the endpoint."""
        from botocore.exceptions import BotoCoreError, ClientError

        from modelberth_platform.targets.aws_lambda import kept

        with contextlib.suppress(BotoCoreError, ClientError):
            mark = {MARK_TAG: props["mark"]}
            kept.delete_unknown(self.client("lambda", props), props["prefix"], mark, known=[props["function"]])


class LambdaFunctions(Resource, module="modelberth", name="LambdaFunctions"):
    """The functions of an endpoint, as a whole: they are made after it, and it goes after them."""

    mark: pulumi.Output[str]
    """The value of the tag that tells them from all others."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(FunctionsProvider(), name, {"mark": None, **props}, opts)


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
