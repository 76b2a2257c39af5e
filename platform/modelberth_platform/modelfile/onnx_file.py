"""Describes `.onnx` files: their inputs and outputs with names, types and shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelberth_platform.modelfile.described import Described, Tensor, identifier
from modelberth_platform.modelfile.errors import ModelFileError

_TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "str_",
    9: "bool_",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
}
"""NumPy's names of the element types that JSON can carry, by their number in ONNX."""


def describe_onnx(path: Path) -> Described:
    """Describe an ONNX model.

    Raises:
        ModelFileError: it is no ONNX model, or has inputs or outputs that JSON cannot carry.
    """
    try:
        import onnx
    except ImportError:
        raise ModelFileError(
            f"{path} cannot be read here: the package onnx is not installed; pip install 'modelberth[onnx]'"
        ) from None
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf's error, whose class onnx does not export
        raise ModelFileError(f"{path} is no ONNX model: {error}") from None
    if not model.graph.output:
        raise ModelFileError(f"{path} is no ONNX model: it has no graph with outputs")
    if model.graph.initializer and any(tensor.external_data for tensor in model.graph.initializer):
        raise ModelFileError(
            f"{path} keeps its weights in other files; write it again in one file (onnx.save_model(model, path, "
            "save_as_external_data=False))"
        )
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    refused = [problem for value in (*inputs, *model.graph.output) if (problem := _problem(value))]
    if refused:
        raise ModelFileError(
            f"{path} cannot be served: {'; '.join(refused)}. Inputs may be tensors of numbers, booleans or text; "
            "outputs those and the label maps that skl2onnx writes. Write a Bento that converts them"
        )
    taken: set[str] = set()
    return Described(
        kind="onnx",
        what=_in_words(model),
        inputs=tuple(_tensor(value, taken) for value in inputs),
        outputs=tuple(_tensor(value, taken) for value in model.graph.output),
        packages={"numpy": "", "onnxruntime": ""},
    )


def _tensor(value: Any, taken: set[str]) -> Tensor:
    name = identifier(value.name, taken)
    if value.type.HasField("sequence_type"):
        return Tensor(name, value.name, "map", (-1,))
    tensor = value.type.tensor_type
    shape = None
    if tensor.HasField("shape"):
        shape = tuple(
            size.dim_value if size.HasField("dim_value") and size.dim_value > 0 else -1 for size in tensor.shape.dim
        )
    return Tensor(name, value.name, _TYPES[tensor.elem_type], shape)


def _problem(value: Any) -> str | None:
    import onnx

    kind = value.type.WhichOneof("value")
    if kind == "tensor_type":
        number = value.type.tensor_type.elem_type
        if number in _TYPES:
            return None
        return f"{value.name!r} is a tensor of {onnx.TensorProto.DataType.Name(number).lower()}"
    if kind == "sequence_type" and value.type.sequence_type.elem_type.WhichOneof("value") == "map_type":
        return None
    return f"{value.name!r} is a {str(kind).removesuffix('_type')}"


def _in_words(model: Any) -> str:
    by = f" by {model.producer_name} {model.producer_version}".rstrip() if model.producer_name else ""
    return f"an ONNX model{by}"
