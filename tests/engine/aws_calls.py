"""Describes resource types of pulumi-aws by calls of AWS's API, and turns properties into the API's members."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.model import Shape
from plugin import UNKNOWN

Props = dict[str, Any]
Ask = Callable[[str, Props], Props]
"""Calls an operation of a resource's service with these parameters and returns the answer."""


class Unknown(Exception):
    """A property that AWS does not have."""


@dataclass(frozen=True)
class Call:
    """One call of AWS's API.

    Attributes:
        operation: the operation's name, such as `CreateModel`.
        uses: the properties that it takes.
        renames: the members whose names differ from their properties' by more than case, by property.
        shaped: turns the properties into the form of the API's members, if the provider's form is another; None if
            there is nothing to call for.
        when: the properties for which it is called, given at a creation or changed at an update; those of `uses`, if
            left out.
        done_already: the error that means that what it would do is done.
        differing: makes the members of an update of the properties before and after, where the API wants to be told
            what is different; None if there is nothing to call for.
    """

    operation: str
    uses: tuple[str, ...]
    renames: Mapping[str, str] = field(default_factory=dict)
    shaped: Callable[[Props], Props | None] = dict
    when: tuple[str, ...] = ()
    done_already: str = ""
    differing: Callable[[Props, Props], Props | None] | None = None

    def used(self, props: Props) -> Props:
        return {name: props[name] for name in self.uses if props.get(name) is not None}

    def concerns(self, properties: Collection[str]) -> bool:
        return not set(properties).isdisjoint(self.when or self.uses)


@dataclass(frozen=True)
class AwsType:
    """One resource type.

    Attributes:
        service: botocore's name of the service.
        create: the calls that make it.
        read: the operation that reads it, and the path to the resource in the answer.
        delete: the operation that deletes it; empty if it goes with another resource.
        identity: makes the parameters that name it in `delete`, and in `read` without a `sought`.
        id: makes its id.
        update: the calls that change it; those whose properties changed are made.
        named: the property that gets an automatic name if it is left out.
        forces: the properties whose change replaces it; `*` stands for all but tags.
        computed: its other outputs: each is a path in what `read` returns, or a text with properties, `{region}` and
            `{account}` in it.
        ignored: the properties that concern the provider alone.
        assigned: the outputs that AWS's answer to a creating call tells, each as what takes it from the answer.
        sought: makes the parameters of `read`, where they are others than `identity`.
        seen: makes of what `read` returns what it is about, asking more if need be; None if there is none.
        settled: whether its last call has come to its end; asked until it is true.
        renewed: the outputs that are others after an update, of which it takes the changed properties and all of them.
    """

    service: str
    create: tuple[Call, ...]
    read: tuple[str, str]
    delete: str
    identity: Callable[[Props], Props]
    id: Callable[[Props], str]
    update: tuple[Call, ...] = ()
    named: str | None = None
    forces: frozenset[str] = frozenset()
    computed: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    assigned: Mapping[str, Callable[[Props], Any]] = field(default_factory=dict)
    sought: Callable[[Props], Props] | None = None
    seen: Callable[[Ask, Props, Props], Props | None] = lambda ask, props, described: described
    settled: Callable[[Ask, Props], bool] = lambda ask, props: True
    renewed: Callable[[Collection[str], Props], Collection[str]] = lambda changed, after: ()

    @property
    def properties(self) -> set[str]:
        return {name for call in self.create for name in call.uses} | self.ignored


def to_request(value: Any, shape: Shape, where: str, renames: Mapping[str, str] | None = None) -> Any:
    """A property's value as the API takes it; `renames` apply to the outermost members.

    Raises:
        Unknown: the API has no such member.
    """
    kind = shape.type_name
    if value == UNKNOWN:
        return value
    if kind == "structure":
        members = {}
        for name, inner in value.items():
            if inner is None:
                continue
            member = _member(shape, name, where, renames or {})
            members[member] = to_request(inner, shape.members[member], f"{where}.{name}")
        return members
    if kind == "list":
        if isinstance(value, dict):  # tags and dimensions
            key, text = _pair(shape.member)
            return [{key: name, text: inner} for name, inner in sorted(value.items())]
        return [to_request(inner, shape.member, f"{where}[]") for inner in value]
    if kind == "map":
        return {name: to_request(inner, shape.value, where) for name, inner in value.items()}
    if kind in ("integer", "long"):
        return int(float(value))
    if kind in ("float", "double"):
        return float(value)
    return value


def _member(shape: Shape, name: str, where: str, renames: Mapping[str, str]) -> str:
    member = {_plain(member): member for member in shape.members}.get(_plain(renames.get(name, name)))
    if member is None:
        raise Unknown(f"{where}.{name} is nothing that AWS has; there are {', '.join(shape.members)}")
    return member


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _pair(shape: Shape) -> tuple[str, str]:
    return next(
        (key, key.replace("Key", "Value").replace("key", "value").replace("Name", "Value"))
        for key in ("Key", "key", "TagKey", "Name")
        if key in shape.members
    )


ALL = frozenset({"*"})


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]


def named_by(member: str, prop: str = "name") -> Callable[[Props], Props]:
    return lambda props: {member: props[prop]}


ASSIGNED = "assigned-by-aws"
"""Stands for an output that AWS assigns, where a call is checked before there is one."""


def answered(member: str) -> Callable[[Props], Any]:
    return lambda answer: answer.get(member)


def text_of(prop: str = "name") -> Callable[[Props], str]:
    return lambda props: str(props[prop])


@dataclass(frozen=True)
class Tagging:
    """The calls by which a service changes the tags of a resource.

    Attributes:
        tag: the operation that adds tags and changes their values.
        untag: the operation that removes tags; empty where `tag` replaces all of them at once.
        identity: makes the parameters of both that name the resource.
        shaped: the tags in the form of `tag`'s members.
        keys: the names of tags in the form of `untag`'s members.
    """

    tag: str = "TagResource"
    untag: str = "UntagResource"
    identity: Callable[[Props], Props] = lambda props: {"resourceArn": props["arn"]}
    shaped: Callable[[Props], Props] = lambda tags: {"tags": tags}
    keys: Callable[[list[str]], Props] = lambda keys: {"tagKeys": keys}


TAGGING: dict[str, Tagging] = {
    "apigateway": Tagging(),
    "apigatewayv2": Tagging(),
    "application-autoscaling": Tagging(),
    "cloudwatch": Tagging(),
    "ec2": Tagging(
        "CreateTags",
        "DeleteTags",
        lambda props: {"resources": [props["id"]]},
        keys=lambda keys: {"tags": [{"key": key} for key in keys]},
    ),
    "ecr": Tagging(),
    "iam": Tagging("TagRole", "UntagRole", named_by("roleName")),
    "lambda": Tagging(identity=named_by("resource", "arn")),
    "logs": Tagging(),
    "s3": Tagging("PutBucketTagging", "", named_by("bucket", "bucket"), lambda tags: {"tagging": {"tagSet": tags}}),
    "sagemaker": Tagging("AddTags", "DeleteTags"),
    "sns": Tagging(),
}
"""One row a service. How members are spelled, and whether tags are a list or a map, is read from the API's shapes."""


def retag(client: Any, service: str, outputs: Props, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Change the tags of a resource."""
    tagging = TAGGING[service]
    changed = {key: value for key, value in after.items() if before.get(key) != value or not tagging.untag}
    removed = sorted(before.keys() - after.keys())
    calls = [(tagging.tag, tagging.shaped(changed))] if changed or not tagging.untag else []
    calls += [(tagging.untag, tagging.keys(removed))] if removed and tagging.untag else []
    for operation, members in calls:
        shape = client.meta.service_model.operation_model(operation).input_shape
        request = {**tagging.identity(outputs), **members}
        getattr(client, xform_name(operation))(**to_request(request, shape, service))
