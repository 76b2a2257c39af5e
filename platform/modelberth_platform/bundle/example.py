"""Makes an example request of an API from its JSON schema."""

from __future__ import annotations

from typing import Any

from modelberth_platform.bundle.facts import Api
from modelberth_platform.errors import UserError


def example_request(api: Api) -> Any:
    """A request body that the schema allows, made of its examples and defaults, and of the plainest values elsewhere.

    Raises:
        UserError: the API takes a file, which no schema holds.
    """
    if api.takes_files:
        files = [name for name, field in api.input.get("properties", {}).items() if field.get("type") == "file"]
        raise UserError(
            f"the API {api.name!r} takes a file, which --example cannot make; give one: --file {files[0]}=PATH"
        )
    return _value(api.input, api.input.get("$defs", {}))


def _value(schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(definitions.get(schema["$ref"].rpartition("/")[2], {}), definitions)
    if schema.get("examples"):
        return schema["examples"][0]
    for keyword in ("default", "const"):
        if keyword in schema:
            return schema[keyword]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf", "allOf"):
        if schema.get(union):
            return _value(schema[union][0], definitions)
    return _plainest(schema, definitions)


def _plainest(schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            required = schema.get("required", list(schema.get("properties", {})))
            properties = schema.get("properties", {})
            return {name: _value(properties[name], definitions) for name in required if name in properties}
        case "array":
            return [_value(schema.get("items", {}), definitions)] * max(1, schema.get("minItems", 1))
        case "tensor":
            return _zeros([size if size > 0 else 1 for size in schema.get("shape") or [1]])
        case "dataframe":
            return [dict.fromkeys(schema.get("columns") or ["column"], 0)]
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
    return "a" * max(1, schema.get("minLength", 1))


def _number(schema: dict[str, Any]) -> Any:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        middle = (low + high) / 2
        return int(middle) if schema["type"] == "integer" else middle
    if low is not None:
        return low + 1 if "minimum" not in schema else low
    return 0 if high is None or high > 0 else high - 1


def _zeros(shape: list[int]) -> Any:
    return 0 if not shape else [_zeros(shape[1:]) for _ in range(shape[0])]
