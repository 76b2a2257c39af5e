"""What the stand-in for Lambda keeps beside moto's own functions, and how it finds and refuses.

The wordings of the refusals are AWS's own, as recorded in public from it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import LambdaClientError, UnknownAliasException
from moto.core.exceptions import JsonRESTError

from engine.fate import FATE

LATEST = "$LATEST"
Qualified = tuple[str, str]
"""A function's name and a version, an alias, or nothing."""


@dataclass
class Provisioned:
    """A provisioned concurrency, and how often it is still described as under way."""

    executions: int
    coming: int = field(default_factory=lambda: FATE.lasting)


@dataclass
class Kept:
    """What moto does not keep, or for a function as a whole where AWS keeps it by qualifier.

    Attributes:
        published: the highest version that each function ever had.
        policies: the statements of resource policies.
        urls: the configurations of URLs.
        provisioned: the provisioned concurrencies.
        turns: how often each alias was invoked.
    """

    published: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    policies: dict[Qualified, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    urls: dict[Qualified, dict[str, Any]] = field(default_factory=dict)
    provisioned: dict[Qualified, Provisioned] = field(default_factory=dict)
    turns: dict[Qualified, int] = field(default_factory=lambda: defaultdict(int))

    def forget(self, function: str, qualifier: str | None = None) -> None:
        """Drop what belonged to a function, or to one of its qualifiers."""
        kinds: tuple[dict[Qualified, Any], ...] = (self.policies, self.urls, self.provisioned, self.turns)
        for kind in kinds:
            for key in [key for key in kind if key[0] == function and qualifier in (None, key[1])]:
                del kind[key]


def kept(backend: Any) -> Kept:
    """What is kept with an account's functions in one region; it goes when moto is reset."""
    functions = backend._lambdas
    if not hasattr(functions, "kept"):
        functions.kept = Kept()
    found: Kept = functions.kept
    return found


def named(response: Any) -> Qualified:
    """The function's name and the qualifier, empty for none, that a request is about."""
    parts = response.path.split("/")
    text = unquote(parts[parts.index("functions") + 1]).rpartition("function:")[2]
    name, _, in_name = text.partition(":")
    return name, in_name or response.querystring.get("Qualifier", [""])[0]


def function_of(response: Any) -> Any:
    """The function that a request is about, as its version or alias says."""
    name, qualifier = named(response)
    return response.backend.get_function(name, qualifier or None)


def aliases(backend: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = backend._lambdas._get_function_aliases(name)
    return found


def refuse_unknown(response: Any) -> Qualified:
    """The function's name and the qualifier of a request, if both exist.

    Raises:
        LambdaClientError: there is no such function, version or alias.
    """
    name, qualifier = named(response)
    backend = response.backend
    function = backend.get_function(name)
    if qualifier and not qualifier.isdigit() and qualifier != LATEST and qualifier not in aliases(backend, name):
        raise UnknownAliasException(f"{function.function_arn}:{qualifier}")
    backend.get_function(name, qualifier or None)
    return name, qualifier


def renew(thing: Any) -> None:
    """Give a function or alias that has changed its next revision."""
    thing.revision_id = str(uuid.uuid4())


def refuse_stale(thing: Any, revision: str | None) -> None:
    """Refuse a change of an older revision
    (https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html, `RevisionId`)."""
    if revision and revision != thing.revision_id:
        raise stale()


def stale() -> JsonRESTError:
    refused = LambdaClientError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
    refused.code = 412
    return refused


def invalid(message: str) -> JsonRESTError:
    return LambdaClientError("InvalidParameterValueException", message)


def out_of_bounds(value: object, member: str, constraint: str) -> JsonRESTError:
    message = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    return LambdaClientError("ValidationException", message)


def conflict(message: str) -> JsonRESTError:
    refused = LambdaClientError("ResourceConflictException", message)
    refused.code = 409
    return refused


def missing(message: str, code: str = "ResourceNotFoundException") -> JsonRESTError:
    refused = LambdaClientError(code, message)
    refused.code = 404
    return refused
