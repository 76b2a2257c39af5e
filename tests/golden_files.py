"""What a program asks the engine for, as text that a golden file holds: all inputs and all options of each resource."""

from __future__ import annotations

import base64
import json
import pickletools
import re
from pathlib import Path
from typing import Any

from google.protobuf import json_format

FOLDER = Path(__file__).parent / "golden"
_NOT_COMPARED = frozenset(
    {"sourcePosition", "stackTrace", "parentStackTraceHandle", "packageRef", "version", "pluginDownloadURL"}
    | {"acceptSecrets", "acceptResources", "supportsPartialValues", "supportsResultReporting", "acceptsByteString"}
    | {"envVarMappings", "propertyDependencies", "aliasSpecs", "custom", "name"}
)
"""What the engine is told of the program itself, or what the inputs say already."""


def written(requests: list[Any], recorded: dict[str, Any]) -> str:
    """The requests as JSON, without what another build of the bundle or another version of its packages changes.

    Args:
        requests: `RegisterResourceRequest`s of Pulumi's protocol.
        recorded: what components record of the bundle that all declarations serve.
    """
    documents = {request.name: _document(request, recorded) for request in requests}
    return _without_digests(json.dumps(documents, indent=1, sort_keys=True, ensure_ascii=False)) + "\n"


def _document(request: Any, recorded: dict[str, Any]) -> dict[str, Any]:
    asked = json_format.MessageToDict(request)
    inputs = {name: _input(name, value, recorded) for name, value in asked.pop("object", {}).items()}
    options = {name: _option(value) for name, value in asked.items() if value and name not in _NOT_COMPARED}
    return {**options, "inputs": inputs}


def _option(value: Any) -> Any:
    """An option's value; resources by their names, in alphabetical order."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return sorted(_option(each) for each in value)
    return value.rpartition("::")[2] if isinstance(value, str) and value.startswith("urn:pulumi:") else value


def _input(name: str, value: Any, recorded: dict[str, Any]) -> Any:
    if name == "__provider":
        return _reference(value)
    if name == "key" and re.fullmatch("[0-9a-f]{16}", str(value)):
        return "a hash of backend and URN"
    if value == recorded:
        return "what is recorded of the bundle"
    if isinstance(value, dict):
        return {key: _input(key, inner, recorded) for key, inner in value.items()}
    if isinstance(value, list):
        return [_input("", inner, recorded) for inner in value]
    return _parsed(value)


def _parsed(value: Any) -> Any:
    """A policy, which is JSON in a text, as what it says."""
    if isinstance(value, str) and value.startswith("{"):
        return {"JSON": json.loads(value)}
    return value


def _reference(pickled: str) -> str:
    """The class that a dynamic provider is pickled as, `MODULE.CLASS`."""
    texts = [argument for _, argument, _ in pickletools.genops(base64.b64decode(pickled)) if isinstance(argument, str)]
    return ".".join(texts[:2])


def _without_digests(text: str) -> str:
    """Each digest of something built by a letter of its own, wherever it or its beginning stands."""
    digests = [digest for digest in dict.fromkeys(re.findall(r"[0-9a-f]{64}", text)) if len(set(digest)) > 1]
    for letter, digest in zip("ABCDEFGH", digests, strict=False):
        text = re.sub(rf"{digest[:12]}[0-9a-f]*", f"DIGEST-{letter}", text)
    return text
