"""The endpoint as a Pulumi resource, and what it leaves behind. States record this module's path: it is contract.

`aws.sagemaker.Endpoint` records the wanted configuration although SageMaker went back to the old one, then deletes the
one in service, and resets what autoscaling has set. This resource asks SageMaker what is so: a rolled back update fails
with SageMaker's reason, and the state keeps saying what is in service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from modelberth_platform.aws.errors import AwsError, in_words
from modelberth_platform.aws.provider import AwsProvider, LeftoversProvider
from modelberth_platform.aws.tags import OWNER_TAG, tag_list
from modelberth_platform.providers.base import changed_inputs

_ENDPOINT_COMPUTED = frozenset({"arn", "served"})
_RELEASES_COMPUTED = frozenset({"region"})
"""The properties that the state of each has beside the inputs."""


class ReleasesProvider(LeftoversProvider):
    """Makes nothing; deleting it deletes the models and configurations that are left, those of failed updates too."""

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return self.replaced(olds, news, _RELEASES_COMPUTED)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.targets.sagemaker import kept

        with in_words("SageMaker"):
            kept.delete_tagged(self.client("sagemaker", props), props["tags"], props["prefix"])


class EndpointProvider(AwsProvider):
    """Creates, updates and deletes an endpoint; the state that it records is what SageMaker told last."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        from modelberth_platform.targets.sagemaker import rollout

        sagemaker, name = self.client("sagemaker", props), props["name"]
        with in_words("SageMaker"):
            live = self._taken_over(sagemaker, props)
            live = live or rollout.created(sagemaker, name, props["config"], props["tags"])
            return CreateResult(name, _state(props, live, [live["EndpointConfigName"]]))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = changed_inputs(olds, news, _ENDPOINT_COMPUTED)
        other: list[str] = [key for key in ("name", "region", "kind") if key in changed]
        if "kind" in other and olds["name"] == news["name"]:
            raise AwsError(
                f"the endpoint {olds['name']} is {olds['kind']}, and SageMaker does not make it {news['kind']} in "
                "place; give the new one another endpoint_name, and it is made beside the old before that goes"
            )
        return DiffResult(changes=bool(changed), replaces=other)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        from modelberth_platform.targets.sagemaker import rollout

        sagemaker, name = self.client("sagemaker", news), news["name"]
        with in_words("SageMaker"):
            live = rollout.settled(sagemaker, name)
            if live is None or live["EndpointStatus"] == "Failed":
                state = "is gone" if live is None else "has failed"
                raise AwsError(f"the endpoint {name} {state}; run pulumi refresh, then pulumi up makes it again")
            live = self._moved(sagemaker, live, olds, news)
            _retag(sagemaker, live["EndpointArn"], olds["tags"], news["tags"])  # they name what serves, so only now
            served = [*(config for config in olds["served"] if config != news["config"]), news["config"]]
            return UpdateResult(self._pruned(sagemaker, news, live, served))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from modelberth_platform.targets.sagemaker import rollout

        with in_words("SageMaker"):
            live = rollout.described(self.client("sagemaker", props), id_)
        if live is None or live["EndpointStatus"] in ("Deleting", "Failed"):
            return ReadResult("", props)
        return ReadResult(id_, {**props, "config": live["EndpointConfigName"]})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.targets.sagemaker import kept, rollout

        sagemaker, name = self.client("sagemaker", props), props["name"]
        with in_words("SageMaker"):
            rollout.deleted(sagemaker, name)
            kept.prune(sagemaker, name, props["prefix"], kept=[])

    def _taken_over(self, sagemaker: Any, props: Mapping[str, Any]) -> dict[str, Any] | None:
        """The endpoint that an earlier, killed command of this stack made, so that no state records it; None
        where SageMaker has no endpoint of that name."""
        from modelberth_platform.targets.sagemaker import rollout

        live = rollout.settled(sagemaker, props["name"])
        if live is None:
            return None
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=live["EndpointArn"])["Tags"]}
        if tags.get(OWNER_TAG) != props["name"] or tags.get("modelberth:stack") != props["tags"]["modelberth:stack"]:
            raise AwsError(
                f"there is an endpoint {props['name']} already, which this stack did not make; "
                "give this one another endpoint_name, or delete that one"
            )
        if live["EndpointStatus"] == "Failed":
            rollout.deleted(sagemaker, props["name"])
            return None
        return self._moved(sagemaker, live, props, props)

    def _moved(
        self, sagemaker: Any, live: dict[str, Any], olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The endpoint on the wanted configuration."""
        from modelberth_platform.targets.sagemaker import rollout

        if live["EndpointConfigName"] == news["config"] and live["EndpointStatus"] == "InService":
            return live
        return rollout.updated(
            sagemaker,
            self.client("cloudwatch", news),
            news["name"],
            news["config"],
            deployment=_whole(news.get("deployment")),
            retain=news["kind"] != "serverless",
            excluded=["DesiredWeight"] if olds["weights"] != news["weights"] else [],
        )

    def _pruned(
        self, sagemaker: Any, news: Mapping[str, Any], live: Mapping[str, Any], served: list[str]
    ) -> dict[str, Any]:
        from modelberth_platform.aws import repository
        from modelberth_platform.targets.sagemaker import kept

        remembered = served[-1 - int(news["keep_previous"]) :]
        models = kept.prune(sagemaker, news["name"], news["prefix"], remembered)
        if news.get("repository"):
            used = kept.image_digests(sagemaker, models)
            repository.prune(self.client("ecr", news), news["repository"], used)
        return _state(news, live, remembered)


class SageMakerReleases(Resource, module="modelberth", name="SageMakerReleases"):
    """The models and configurations of an endpoint, as a whole: they are made below it, and it goes after them."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(ReleasesProvider(), name, dict(props), opts)


class SageMakerEndpoint(Resource, module="modelberth", name="SageMakerEndpoint"):
    """An endpoint and the configurations that it served."""

    arn: pulumi.Output[str]
    """Its Amazon Resource Name."""
    served: pulumi.Output[list[str]]
    """The endpoint configurations that it served and that are kept, the one in service last."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(EndpointProvider(), name, {"arn": None, "served": None, **props}, opts)


def _state(props: Mapping[str, Any], live: Mapping[str, Any], served: list[str]) -> dict[str, Any]:
    return {**props, "config": live["EndpointConfigName"], "arn": live["EndpointArn"], "served": served}


def _whole(value: Any) -> Any:
    """The numbers that are whole as integers: the engine knows floats alone."""
    if isinstance(value, Mapping):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _retag(sagemaker: Any, arn: str, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed:
        sagemaker.add_tags(ResourceArn=arn, Tags=tag_list(changed))
    if gone := sorted(old.keys() - new.keys()):
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=gone)
