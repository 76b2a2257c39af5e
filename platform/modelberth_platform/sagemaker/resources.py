"""The endpoint itself as a Pulumi resource, and what it leaves behind.

`aws.sagemaker.Endpoint` records the wanted configuration although SageMaker went back to the old one, then deletes the
one in service, and resets what autoscaling has set. This resource asks SageMaker what is so: a rolled back update fails
with SageMaker's reason, and the state keeps saying what is in service.

Like the local target's, the provider is a class of an importable module: the state holds a reference to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from modelberth_platform.local.provider_process import prepare_provider_process
from modelberth_platform.sagemaker.errors import SageMakerError
from modelberth_platform.sagemaker.names import OWNER_TAG
from modelberth_platform.sagemaker.session import client, in_words, region_of, session

_OUTPUTS = frozenset({"arn", "served", "__provider"})
"""What the state has beside the inputs."""

_AWS_CONFIG = ("region", "profile", "assumeRoles", "accessKey", "secretKey", "token")


class _Provider(ResourceProvider):
    serialize_as_secret_always = False  # a reference to a class is no secret

    def configure(self, req: ConfigureRequest) -> None:
        prepare_provider_process()
        self._config = {key: req.config.get(f"aws:{key}") for key in _AWS_CONFIG}

    def _region(self) -> str:
        with in_words("AWS"):
            return region_of(session(self._config.get("region"), self._config))

    def _client(self, service: str, props: Mapping[str, Any]) -> Any:
        return client(session(props["region"], self._config), service)


class TagProvider(_Provider):
    """Chooses a tag that no image has yet, for each build anew."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(f"{props['repository']}:{props['build']['tag']}", {**props, "tag": self._free(props)})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = [key for key in ("repository", "region", "build") if olds[key] != news[key]]
        return DiffResult(changes=bool(changed), replaces=[key for key in changed if key != "build"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult({**news, "tag": self._free(news)})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, props)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """What was pushed stays."""

    def _free(self, props: Mapping[str, Any]) -> str:
        from modelberth_platform.sagemaker import repository

        with in_words("ECR"):
            return repository.free_tag(self._client("ecr", props), props["repository"], props["build"]["tag"])


class ReleasesProvider(_Provider):
    """Makes nothing; deleting it deletes the models and configurations that are left, those of failed updates too."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        # As the AWS provider finds it: what is deleted later is where it was made.
        return CreateResult(props["prefix"], {**props, "region": self._region()})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = [key for key in ("prefix", "tags") if olds.get(key) != news.get(key)]
        return DiffResult(changes=bool(changed), replaces=changed)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.sagemaker import kept

        with in_words("SageMaker"):
            kept.delete_tagged(self._client("sagemaker", props), props["tags"], props["prefix"])


class EndpointProvider(_Provider):
    """Creates, updates and deletes an endpoint; what it says is what SageMaker said last."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        from modelberth_platform.sagemaker import rollout

        sagemaker, name = self._client("sagemaker", props), props["name"]
        with in_words("SageMaker"):
            live = self._taken_over(sagemaker, props)
            live = live or rollout.created(sagemaker, name, props["config"], props["tags"])
            return CreateResult(name, _state(props, live, [live["EndpointConfigName"]]))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        inputs = (olds.keys() | news.keys()) - _OUTPUTS
        changed = [key for key in inputs if olds.get(key) != news.get(key)]
        other: list[str] = [key for key in ("name", "region", "kind") if key in changed]
        if "kind" in other and olds["name"] == news["name"]:
            raise SageMakerError(
                f"the endpoint {olds['name']} is {olds['kind']}, and SageMaker does not make it {news['kind']} in "
                "place; give the new one another endpoint_name, and it is made beside the old before that goes"
            )
        return DiffResult(changes=bool(changed), replaces=other)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        from modelberth_platform.sagemaker import rollout

        sagemaker, name = self._client("sagemaker", news), news["name"]
        with in_words("SageMaker"):
            live = rollout.settled(sagemaker, name)
            if live is None or live["EndpointStatus"] == "Failed":
                said = "is gone" if live is None else "has failed"
                raise SageMakerError(f"the endpoint {name} {said}; run pulumi refresh, then pulumi up makes it again")
            live = self._moved(sagemaker, live, olds, news)
            _retag(sagemaker, live["EndpointArn"], olds["tags"], news["tags"])  # what serves, once it does
            served = [*(found for found in olds["served"] if found != news["config"]), news["config"]]
            return UpdateResult(self._pruned(sagemaker, news, live, served))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from modelberth_platform.sagemaker import rollout

        with in_words("SageMaker"):
            live = rollout.described(self._client("sagemaker", props), id_)
        if live is None or live["EndpointStatus"] in ("Deleting", "Failed"):
            return ReadResult("", props)
        return ReadResult(id_, {**props, "config": live["EndpointConfigName"]})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from modelberth_platform.sagemaker import kept, rollout

        sagemaker, name = self._client("sagemaker", props), props["name"]
        with in_words("SageMaker"):
            rollout.deleted(sagemaker, name)
            kept.prune(sagemaker, name, props["prefix"], kept=[])

    def _taken_over(self, sagemaker: Any, props: Mapping[str, Any]) -> dict[str, Any] | None:
        """An endpoint of ours that a command made which was killed before it could say so; None where there is none."""
        from modelberth_platform.sagemaker import rollout

        live = rollout.settled(sagemaker, props["name"])
        if live is None:
            return None
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=live["EndpointArn"])["Tags"]}
        if tags.get(OWNER_TAG) != props["name"] or tags.get("modelberth:stack") != props["tags"]["modelberth:stack"]:
            raise SageMakerError(
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
        from modelberth_platform.sagemaker import rollout

        if live["EndpointConfigName"] == news["config"] and live["EndpointStatus"] == "InService":
            return live
        return rollout.updated(
            sagemaker,
            self._client("cloudwatch", news),
            news["name"],
            news["config"],
            deployment=_whole(news.get("deployment")),
            retain=news["kind"] != "serverless",
            excluded=["DesiredWeight"] if olds["weights"] != news["weights"] else [],
        )

    def _pruned(
        self, sagemaker: Any, news: Mapping[str, Any], live: Mapping[str, Any], served: list[str]
    ) -> dict[str, Any]:
        from modelberth_platform.sagemaker import kept, repository

        remembered = served[-1 - int(news["keep_previous"]) :]
        models = kept.prune(sagemaker, news["name"], news["prefix"], remembered)
        if news.get("repository"):
            used = kept.image_digests(sagemaker, models)
            repository.prune(self._client("ecr", news), news["repository"], used)
        return _state(news, live, remembered)


class ImageTag(Resource, module="modelberth", name="ImageTag"):
    """The tag that an image is pushed under: the release's, or one after it where that is taken."""

    tag: pulumi.Output[str]
    """The tag."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TagProvider(), name, {"tag": None, **props}, opts)


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
    from modelberth_platform.sagemaker.rollout import tag_list

    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed:
        sagemaker.add_tags(ResourceArn=arn, Tags=tag_list(changed))
    if gone := sorted(old.keys() - new.keys()):
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=gone)
