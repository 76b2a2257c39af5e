"""modelberth's own resources that every target on AWS may use. States record this module's path: it is contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from modelberth_platform.aws.errors import in_words
from modelberth_platform.aws.provider import AwsProvider


class TagProvider(AwsProvider):
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
        """Deletes nothing: the image that was pushed under the tag is the repository's."""

    def _free(self, props: Mapping[str, Any]) -> str:
        from modelberth_platform.aws import repository

        with in_words("ECR"):
            return repository.free_tag(self.client("ecr", props), props["repository"], props["build"]["tag"])


class ImageTag(Resource, module="modelberth", name="ImageTag"):
    """The tag that an image is pushed under: the release's, or one after it where another image has that."""

    tag: pulumi.Output[str]
    """The tag."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TagProvider(), name, {"tag": None, **props}, opts)
