"""Writes the source of a service, and the schema that BentoML would read from it, both from one description."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import jinja2
from pydantic import BaseModel, Field, TypeAdapter, create_model

from modelberth_platform.modelfile.described import Described, Tensor

_PYTHON_TYPES: dict[str, Any] = {"int": int, "float": float, "bool": bool, "str": str}


def service_of(described: Described, name: str, tag: str, file: str) -> str:
    """The source of the service.

    Args:
        described: the model.
        name: the bundle's name.
        tag: the tag of the model inside the bundle.
        file: the name of the model's file inside the model's folder.
    """
    text = (files("modelberth_platform.modelfile") / f"service_{described.kind}.py.jinja").read_text()
    options: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, **options)  # noqa: S701 - no HTML
    environment.filters["repr"] = repr
    environment.filters["scalar"] = _scalar
    return environment.from_string(text).render(
        model=described, name=name, tag=tag, file=file, per_row=_per_row(described), describe=_description
    )


def schema_of(described: Described) -> dict[str, Any]:
    """What `bento.yaml` says of the service's API."""
    properties = {tensor.name: _input_schema(tensor) for tensor in described.inputs}
    route = {
        "name": "predict",
        "route": "/predict",
        "batchable": described.batchable,
        "input": {"properties": properties, "required": list(properties), "title": "Input", "type": "object"},
        "output": _output_schema(described),
        "is_task": False,
    }
    return {"name": "Model", "type": "service", "routes": [route], "description": f"Serves {described.what}."}


def _input_schema(tensor: Tensor) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "description": _description(tensor),
        "examples": [tensor.example],
        "title": tensor.name.replace("_", " ").title(),
    }
    if tensor.columns is not None:
        return schema | {"type": "dataframe", "orient": "records", "columns": list(tensor.columns)}
    schema |= {"type": "tensor", "format": "numpy-array", "dtype": tensor.dtype}
    if tensor.declared_shape is not None:
        schema |= {"shape": list(tensor.declared_shape), "dim": tensor.dim}
    return schema


def _description(tensor: Tensor) -> str:
    if tensor.columns is not None:
        return "Rows, each an object with the features by name"
    if tensor.shape is None:
        return f"{tensor.source}: {tensor.dtype}"
    sizes = " by ".join("any" if size < 0 else str(size) for size in tensor.shape) or "one number"
    return f"{tensor.source}: {tensor.dtype}, {sizes}"


def _output_schema(described: Described) -> dict[str, Any]:
    if described.kind == "torchscript":
        return {"type": "tensor", "format": "numpy-array"} if described.outputs[0].many else {}
    answer: Any = _prediction(described)
    if _per_row(described):
        return TypeAdapter(list[answer]).json_schema(mode="serialization")
    schema = {**answer.model_json_schema(mode="serialization"), "title": "PredictionIODescriptor"}
    del schema["description"]  # BentoML answers through a model of its own, made of this one
    return schema


def _per_row(described: Described) -> bool:
    return described.kind == "sklearn" or all(output.many for output in described.outputs)


def _prediction(described: Described) -> type[BaseModel]:
    """The pydantic model of an answer, the same that the generated source declares."""
    fields: dict[str, Any] = {}
    if described.kind == "sklearn" and described.outputs[0].name == "label":
        label = _PYTHON_TYPES.get(described.label_type or "", Any)
        fields["label"] = (label, Field(description="What the model says"))
        fields["probabilities"] = (
            dict[str, float] | None,
            Field(default=None, description="Of each label, where the model has them"),
        )
    elif described.kind == "sklearn":
        fields["value"] = (float | list[float], Field(description="What the model says"))
    else:
        per_row = _per_row(described)
        for output in described.outputs:
            fields[output.name] = (eval(_scalar(output, per_row=per_row)), Field(description=_description(output)))  # noqa: S307
    doc = "What the model says of one row." if _per_row(described) else "What the model says."
    model: type[BaseModel] = create_model("Prediction", __doc__=doc, **fields)
    return model


def _scalar(output: Tensor, *, per_row: bool = True) -> str:
    """The annotation of an output in an answer: lists of its type, nested like its shape, or like one row of it."""
    if output.dtype == "map":
        return "dict[str, float]" if per_row else "list[dict[str, float]]"
    by_letter = {"b": "bool", "s": "str", "f": "float"}
    plain = "int" if output.dtype.startswith(("int", "uint")) else by_letter[output.dtype[0]]
    if output.shape is None:
        return "list"
    for _ in output.shape[1:] if per_row else output.shape:
        plain = f"list[{plain}]"
    return plain
