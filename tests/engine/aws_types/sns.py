"""The resource types of pulumi-aws for topics of messages."""

from __future__ import annotations

from aws_calls import ALL, AwsType, Call, Props, answered, named_by, text_of


def _topic(props: Props) -> Props:
    names = {"displayName": "DisplayName", "kmsMasterKeyId": "KmsMasterKeyId"}
    attributes = {member: props[name] for name, member in names.items() if props.get(name)}
    return {"name": props["name"], "attributes": attributes, "tags": props.get("tags") or {}}


TYPES: dict[str, AwsType] = {
    "aws:sns/topic:Topic": AwsType(
        "sns",
        (Call("CreateTopic", ("name", "displayName", "kmsMasterKeyId", "tags"), {}, _topic),),
        ("GetTopicAttributes", "Attributes"),
        "DeleteTopic",
        named_by("TopicArn", "arn"),
        text_of("arn"),
        named="name",
        forces=frozenset({"name"}),
        assigned={"arn": answered("TopicArn")},
    ),
    "aws:sns/topicPolicy:TopicPolicy": AwsType(
        "sns",
        (
            Call(
                "SetTopicAttributes",
                ("arn", "policy"),
                {},
                lambda props: {"topicArn": props["arn"], "attributeName": "Policy", "attributeValue": props["policy"]},
            ),
        ),
        ("GetTopicAttributes", "Attributes"),
        "",  # it goes with its topic
        named_by("TopicArn", "arn"),
        text_of("arn"),
        forces=frozenset({"arn"}),
    ),
    "aws:sns/topicSubscription:TopicSubscription": AwsType(
        "sns",
        (Call("Subscribe", ("topic", "protocol", "endpoint"), {"topic": "TopicArn"}),),
        ("GetSubscriptionAttributes", "Attributes"),
        "Unsubscribe",
        named_by("SubscriptionArn", "arn"),
        text_of("arn"),
        forces=ALL,
        assigned={"arn": answered("SubscriptionArn")},
    ),
}
