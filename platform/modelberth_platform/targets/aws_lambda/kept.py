"""The versions of a function that are kept for a way back, the older ones that go, and functions that nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from modelberth_platform.targets.aws_lambda.names import FUNCTION_ROLE


def prune(lambda_: Any, function: str, staying: Collection[str]) -> set[str]:
    """Delete the function's versions but those in `staying`; what an alias points to, Lambda keeps.

    Returns the digests of the images that are left in use, the unpublished version's among them.
    """
    used = {_image(lambda_, function, "$LATEST")}
    for version in _versions(lambda_, function):
        if version in staying or not _deleted(lambda_, function, version):
            used.add(_image(lambda_, function, version))
    return used


def delete_unknown(lambda_: Any, prefix: str, tags: Mapping[str, str], known: Collection[str] = ()) -> None:
    """Delete the functions that an earlier, killed command made, so that no state records them.

    Args:
        lambda_: client.
        prefix: what the component's function is called after.
        tags: which tell the functions of this state from those of all others.
        known: functions that the state records.
    """
    for name, arn in _functions(lambda_, f"{prefix}-{FUNCTION_ROLE}-"):
        if name not in known and tags.items() <= _tags(lambda_, arn).items():
            lambda_.delete_function(FunctionName=name)


def _functions(lambda_: Any, prefix: str) -> list[tuple[str, str]]:
    pages = lambda_.get_paginator("list_functions").paginate()
    functions = (function for page in pages for function in page["Functions"])
    return [
        (each["FunctionName"], each["FunctionArn"]) for each in functions if each["FunctionName"].startswith(prefix)
    ]


def _tags(lambda_: Any, arn: str) -> dict[str, str]:
    """A function's tags; none where it has gone meanwhile."""
    try:
        return dict(lambda_.list_tags(Resource=arn)["Tags"])
    except lambda_.exceptions.ResourceNotFoundException:
        return {}


def _versions(lambda_: Any, function: str) -> Iterator[str]:
    pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [version["Version"] for page in pages for version in page["Versions"]]
    return (version for version in versions if version != "$LATEST")


def _deleted(lambda_: Any, function: str, version: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        lambda_.delete_function(FunctionName=function, Qualifier=version)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceConflictException":  # an alias of somebody's points to it
            raise
        return False
    return True


def _image(lambda_: Any, function: str, version: str) -> str:
    code = lambda_.get_function(FunctionName=function, Qualifier=version)["Code"]
    return str(code.get("ResolvedImageUri") or code.get("ImageUri", "")).partition("@")[2]
