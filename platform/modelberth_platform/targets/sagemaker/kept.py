"""The endpoint configurations and models of an endpoint that are kept for a way back, and the older ones that go.

Both are immutable and cost nothing; what belongs to an endpoint says so in its tag.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from modelberth_platform.aws.tags import OWNER_TAG
from modelberth_platform.targets.sagemaker.rollout import described


def prune(sagemaker: Any, endpoint: str, prefix: str, kept: Sequence[str]) -> set[str]:
    """Delete the endpoint's configurations but those in `kept` and the one in service, and the models that none uses.

    Returns the names of the models that stay.

    Args:
        sagemaker: client.
        endpoint: its physical name.
        prefix: what the names of its configurations and models begin with.
        kept: names of configurations.
    """
    live = described(sagemaker, endpoint)
    staying = {*kept, *([live["EndpointConfigName"]] if live else [])}
    return delete_tagged(sagemaker, {OWNER_TAG: endpoint}, prefix, staying)


def delete_tagged(sagemaker: Any, tags: Mapping[str, str], prefix: str, staying: Collection[str] = ()) -> set[str]:
    """Delete the configurations and models that have all of these tags, but the configurations `staying` and theirs.

    Returns the names of the latter's models, as far as they are there.
    """
    used: set[str] = set()
    staying_models: set[str] = set()
    for name, arn in _configurations(sagemaker, prefix):
        if name in staying:
            used |= _models_of(sagemaker, name)
        elif _tagged(sagemaker, arn, tags):
            sagemaker.delete_endpoint_config(EndpointConfigName=name)
    for name, arn in _models(sagemaker, prefix):
        if name in used:
            staying_models.add(name)
        elif _tagged(sagemaker, arn, tags):
            sagemaker.delete_model(ModelName=name)
    return staying_models


def image_digests(sagemaker: Any, models: Collection[str]) -> set[str]:
    """The digests of the images that these models run."""
    containers = (sagemaker.describe_model(ModelName=name)["PrimaryContainer"] for name in models)
    return {container["Image"].partition("@")[2] for container in containers}


def _models_of(sagemaker: Any, config: str) -> set[str]:
    config_facts = sagemaker.describe_endpoint_config(EndpointConfigName=config)
    variants = config_facts["ProductionVariants"] + config_facts.get("ShadowProductionVariants", [])
    return {variant["ModelName"] for variant in variants}


def _configurations(sagemaker: Any, prefix: str) -> list[tuple[str, str]]:
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=prefix)
    configs = (item for page in pages for item in page["EndpointConfigs"])
    return [
        (item["EndpointConfigName"], item["EndpointConfigArn"])
        for item in _begins(configs, "EndpointConfigName", prefix)
    ]


def _models(sagemaker: Any, prefix: str) -> list[tuple[str, str]]:
    pages = sagemaker.get_paginator("list_models").paginate(NameContains=prefix)
    models = (item for page in pages for item in page["Models"])
    return [(item["ModelName"], item["ModelArn"]) for item in _begins(models, "ModelName", prefix)]


def _begins(items: Iterator[dict[str, Any]], key: str, prefix: str) -> Iterator[dict[str, Any]]:
    return (item for item in items if item[key].startswith(prefix))


def _tagged(sagemaker: Any, arn: str, tags: Mapping[str, str]) -> bool:
    own = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    return tags.items() <= own.items()
