"""ONNX files: what is read from them, what the written service answers, and which types are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier

from modelberth_platform.modelfile import bento_of
from modelberth_platform.modelfile.errors import ModelFileError
from modelfile.conftest import Serve, predicted, schemas_of
from modelfile.estimators import ARRAY, NAMES


def doubling(name: str, kind: int, shape: list[Any], node: str = "Add") -> onnx.ModelProto:
    """An ONNX model that adds its input to itself."""
    graph = helper.make_graph(
        [helper.make_node(node, [name, name], ["out:0"])],
        "doubling",
        [helper.make_tensor_value_info(name, kind, shape)],
        [helper.make_tensor_value_info("out:0", kind, shape)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize(
    ("kind", "shape", "value"),
    [
        (TensorProto.FLOAT, ["n", 2], [[0.5, 1.0], [2.0, 3.0]]),
        (TensorProto.FLOAT, ["n"], [0.5, 1.0]),
        (TensorProto.INT64, [None, 2, 2], [[[1, 2], [3, 4]]]),
        (TensorProto.DOUBLE, [2, 2], [[1.0, 2.0], [3.0, 4.0]]),
        (TensorProto.FLOAT, ["n", "m"], [[0.5, 1.0, 2.0]]),
    ],
)
def test_onnx_tensors(kind: int, shape: list[Any], value: Any, machine: Path, tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "double-it.onnx"
    onnx.save(doubling("input:0", kind, shape), path)
    folder = bento_of(path)
    declared, generated = schemas_of(folder)
    assert declared == generated
    many = shape[0] != 2
    assert declared[0]["batchable"] is many
    answer = predicted(serve(folder), input_0=value)
    expected = (np.array(value) * 2).tolist()
    assert answer == ([{"out_0": row} for row in expected] if many else {"out_0": expected})


def test_onnx_of_a_classifier(machine: Path, tmp_path: Path, serve: Serve) -> None:
    model = RandomForestClassifier(10, random_state=0).fit(ARRAY, NAMES)
    (tmp_path / "iris.onnx").write_bytes(to_onnx(model, ARRAY[:1].astype("float32")).SerializeToString())
    folder = bento_of(tmp_path / "iris.onnx")
    declared, generated = schemas_of(folder)
    assert declared == generated
    answers = predicted(serve(folder), X=ARRAY[::10].tolist())
    assert [answer["output_label"] for answer in answers] == model.predict(ARRAY[::10]).tolist()
    expected = model.predict_proba(ARRAY[::10].astype("float32"))
    probabilities = [[answer["output_probability"][name] for name in model.classes_] for answer in answers]
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)


def test_onnx_with_types_that_json_cannot_carry(machine: Path, tmp_path: Path) -> None:
    onnx.save(doubling("x", TensorProto.COMPLEX64, ["n"]), tmp_path / "model.onnx")
    with pytest.raises(ModelFileError, match="'x' is a tensor of complex64; 'out:0' is a tensor of complex64"):
        bento_of(tmp_path / "model.onnx")
    sequence = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [sequence],
                              [helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)])  # fmt: skip
    onnx.save(helper.make_model(graph), tmp_path / "model.onnx")
    with pytest.raises(ModelFileError, match="'x' is a sequence"):
        bento_of(tmp_path / "model.onnx")
