"""Files that are refused: pickles that could run code when they are loaded, damaged files, files of another kind."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from modelberth_platform.bundle import resolve
from modelberth_platform.modelfile import bento_of
from modelberth_platform.modelfile.errors import ModelFileError
from modelfile.estimators import ARRAY, SPECIES, Own, estimator


class Opens:
    """An object whose pickle would run a command when it is loaded."""

    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/modelberth-was-here",)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (Opens(), "posix.system"),
        ({"model": Opens()}, "posix.system"),
        ([LogisticRegression(), Opens()], "posix.system"),
        (Own(), "modelfile.estimators.Own"),
    ],
)
@pytest.mark.parametrize("suffix", ["pkl", "joblib"])
def test_pickles_that_import_what_they_should_not(
    content: Any, named: str, suffix: str, machine: Path, tmp_path: Path
) -> None:
    mark = Path("/tmp/modelberth-was-here")
    mark.unlink(missing_ok=True)
    path = tmp_path / f"model.{suffix}"
    joblib.dump(content, path) if suffix == "joblib" else path.write_bytes(pickle.dumps(content))
    with pytest.raises(ModelFileError) as caught:
        bento_of(path)
    assert f"is refused: loading it would import {named}" in str(caught.value)
    assert 'say trust="pickle"' in str(caught.value)
    assert "ONNX (skl2onnx) and skops" in str(caught.value)
    assert not mark.exists()


class Names:
    """A call of any function by its name, pickled as an attacker writes it by hand."""

    def __init__(self, module: str, name: str, *arguments: Any) -> None:
        self.module, self.name, self.arguments = module, name, arguments

    def pickled(self) -> bytes:
        def text(value: str) -> bytes:
            return b"\x8c" + bytes([len(value)]) + value.encode()

        arguments = b"(" + b"".join(text(argument) for argument in self.arguments) + b"t"
        return b"\x80\x04" + text(self.module) + text(self.name) + b"\x93" + arguments + b"R."


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn", "utils.os.system"),
        ("joblib", "numpy_pickle.NumpyArrayWrapper"),
        ("joblib.numpy_pickle", "NDArrayWrapper"),
        ("pandas", "read_pickle"),
        ("numpy", "load"),
        ("numpy.f2py", "compile"),
        ("sklearn.datasets", "fetch_openml"),
        ("sklearn.utils._testing", "TempMemmap"),
        ("builtins", "type"),
        ("functools", "partial"),
        ("os\nsystem", "x"),
    ],
)
@pytest.mark.parametrize("suffix", ["pkl", "joblib"])
def test_ways_around_the_list(module: str, name: str, suffix: str, machine: Path, tmp_path: Path) -> None:
    (tmp_path / f"model.{suffix}").write_bytes(Names(module, name, "x").pickled())
    with pytest.raises(ModelFileError, match="is refused: loading it would import"):
        bento_of(tmp_path / f"model.{suffix}")


def test_an_array_with_fields_may_hide_objects(machine: Path, tmp_path: Path) -> None:
    model = LogisticRegression(max_iter=500).fit(ARRAY, SPECIES)
    model.note_ = np.array([(1, Opens())], dtype=[("number", "i4"), ("object", "O")])
    joblib.dump(model, tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match="cannot be read without running the file|posix.system"):
        bento_of(tmp_path / "model.joblib")


def test_a_command_hidden_in_an_array_of_objects(machine: Path, tmp_path: Path) -> None:
    model = LogisticRegression(max_iter=500).fit(ARRAY, SPECIES)
    model.note_ = np.array([Opens()], dtype=object)
    joblib.dump(model, tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match="posix.system"):
        bento_of(tmp_path / "model.joblib")


def test_a_class_of_ones_own_is_taken_on_trust(machine: Path, tmp_path: Path) -> None:
    model = LogisticRegression(max_iter=500).fit(ARRAY, SPECIES)
    model.note_ = Own()
    joblib.dump(model, tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match="Own"):
        resolve(str(tmp_path / "model.joblib"))
    assert resolve(str(tmp_path / "model.joblib"), trust="pickle").facts.name == "model"
    with pytest.raises(ModelFileError, match="Own"):
        resolve(str(tmp_path / "model.joblib"))


def test_harmless_containers_pass(machine: Path, tmp_path: Path) -> None:
    model = LogisticRegression(max_iter=500).fit(ARRAY, SPECIES)
    model.notes_ = OrderedDict(a={1, 2}, b=complex(1, 2), c=slice(3), d=b"bytes", e=np.float32(1))
    joblib.dump(model, tmp_path / "model.joblib")
    assert resolve(str(tmp_path / "model.joblib")).facts.name == "model"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.pkl", b"", "cannot be read as a pickle or joblib file"),
        ("model.pkl", pickle.dumps(estimator("logistic"))[:-40], "damaged, cut off or of another kind"),
        ("model.joblib", b"\x80\x04 nonsense", "cannot be read as a pickle or joblib file"),
        ("model.pkl", pickle.dumps({"a": 1}), "holds no estimator but a dict"),
        ("model.pkl", pickle.dumps(LogisticRegression()), r"does not say how many features it takes.*is it fitted\?"),
        ("model.onnx", b"not protobuf at all", "is no ONNX model"),
        ("model.onnx", b"", "is no ONNX model: it has no graph with outputs"),
        ("model.onnx", pickle.dumps(1), "is no ONNX model"),
        ("model.pt", pickle.dumps(1), "is no TorchScript archive; write one with torch.jit.script"),
        ("Ü.pkl", pickle.dumps(1), "has no name that a bundle could have"),
    ],
)
def test_files_that_are_something_else(name: str, content: bytes, message: str, machine: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelFileError, match=message):
        bento_of(tmp_path / name)


def test_archives_under_a_wrong_name(machine: Path, tmp_path: Path) -> None:
    for name, inside in (
        ("saved.pt", "archive/data.pkl"),
        ("other.pt", "readme.txt"),
        ("torch.pkl", "archive/data.pkl"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(inside, b"x")
    with pytest.raises(ModelFileError, match=r"is no TorchScript but saved by torch.save; write one with"):
        bento_of(tmp_path / "saved.pt")
    with pytest.raises(ModelFileError, match="is no TorchScript but a zip archive of something else"):
        bento_of(tmp_path / "other.pt")
    with pytest.raises(ModelFileError, match="is no pickle but a zip archive, as PyTorch writes"):
        bento_of(tmp_path / "torch.pkl")


@given(cut=st.integers(0, 2000), flip=st.integers(0, 2000), bit=st.integers(0, 7))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_pickles_are_refused_in_words(machine: Path, tmp_path: Path, cut: int, flip: int, bit: int) -> None:
    content = bytearray(pickle.dumps(estimator("logistic")))
    content[flip % len(content)] ^= 1 << bit
    path = tmp_path / "model.pkl"
    path.write_bytes(bytes(content[: len(content) - cut % 50]))
    try:
        bento_of(path)
    except ModelFileError as error:
        assert str(path) in str(error)
