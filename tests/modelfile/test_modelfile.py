"""Model files: what is read from them, what is refused, and what the written service answers."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import bentoml
import httpx
import joblib
import numpy as np
import onnx
import pytest
import yaml
from cli.test_cli import modelberth
from engine.stack import Stack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lightgbm import LGBMClassifier, LGBMRegressor
from onnx import TensorProto, helper
from serving.conftest import Server
from skl2onnx import to_onnx
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from xgboost import XGBClassifier, XGBRegressor

from modelberth_platform.bundle import resolve
from modelberth_platform.modelfile import bento_of
from modelberth_platform.modelfile.errors import ModelFileError

FRAME, SPECIES = load_iris(return_X_y=True, as_frame=True)
ARRAY = FRAME.to_numpy()
NAMES = np.array(["setosa", "versicolor", "virginica"])[SPECIES]


def estimators() -> dict[str, Any]:
    """Fitted estimators of many kinds; each takes the iris features."""
    mixed = FRAME.assign(colour=np.where(ARRAY[:, 0] > 5, "red", "blue"))
    encode = ColumnTransformer([("one-hot", OneHotEncoder(), ["colour"])], remainder="passthrough")
    return {
        "logistic": LogisticRegression(max_iter=500).fit(ARRAY, SPECIES),
        "named": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(FRAME, NAMES),
        "forest": RandomForestClassifier(20, random_state=0).fit(ARRAY, SPECIES == 1),
        "regression": LinearRegression().fit(ARRAY[:, :3], ARRAY[:, 3]),
        "two-outputs": RandomForestRegressor(5).fit(ARRAY[:, :2], ARRAY[:, 2:]),
        "linear-svm": LinearSVC().fit(ARRAY, NAMES),
        "search": GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1]}).fit(FRAME, SPECIES),
        "clusters": KMeans(3, n_init=1, random_state=0).fit(ARRAY),
        "xgboost": XGBClassifier(n_estimators=5).fit(ARRAY, SPECIES),
        "xgboost-named": XGBRegressor(n_estimators=5).fit(FRAME, SPECIES),
        "lightgbm": LGBMClassifier(n_estimators=5, verbose=-1).fit(ARRAY, NAMES),
        "lightgbm-named": LGBMRegressor(n_estimators=5, verbose=-1).fit(FRAME, SPECIES),
        "columns": make_pipeline(encode, LogisticRegression(max_iter=500)).fit(mixed, SPECIES),
    }


ESTIMATORS = estimators()
SAVED = {
    "joblib": joblib.dump,
    "compressed.joblib": lambda model, path: joblib.dump(model, path, compress=3),
    "gzip.joblib": lambda model, path: joblib.dump(model, path, compress=("gzip", 1)),
    "pkl": lambda model, path: Path(path).write_bytes(pickle.dumps(model)),
    "protocol2.pkl": lambda model, path: Path(path).write_bytes(pickle.dumps(model, protocol=2)),
}


def described(folder: Path) -> Any:
    """What `bento.yaml` says of the API, and what BentoML reads from the generated source."""
    told = yaml.safe_load((folder / "bento.yaml").read_text())["schema"]["routes"]
    sys.modules.pop("service", None)  # another Bento's module of the same name
    read = json.loads(json.dumps(bentoml.load(str(folder)).schema()["routes"]))
    return told, read


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_description_is_what_bentoml_reads(name: str, machine: Path, tmp_path: Path) -> None:
    joblib.dump(ESTIMATORS[name], tmp_path / f"{name}.joblib")
    told, read = described(bento_of(tmp_path / f"{name}.joblib"))
    assert told == read


@pytest.mark.parametrize("saved", SAVED)
def test_every_way_to_save_is_read_alike(saved: str, machine: Path, tmp_path: Path) -> None:
    suffix = saved.rpartition(".")[2]
    joblib.dump(ESTIMATORS["named"], tmp_path / "plain.joblib")
    SAVED[saved](ESTIMATORS["named"], str(tmp_path / f"model.{suffix}"))
    facts = [resolve(str(path)).facts for path in (tmp_path / "plain.joblib", tmp_path / f"model.{suffix}")]
    assert facts[0].apis == facts[1].apis
    assert facts[0].packages == facts[1].packages
    assert "scikit-learn" in facts[1].packages


def test_what_is_read_of_an_estimator(machine: Path, tmp_path: Path) -> None:
    import sklearn

    joblib.dump(ESTIMATORS["named"], tmp_path / "iris.joblib")
    facts = resolve(str(tmp_path / "iris.joblib")).facts
    assert facts.name == "iris"
    assert facts.packages["scikit-learn"] == sklearn.__version__
    assert facts.labels == {"model": "a Pipeline of StandardScaler, LogisticRegression"}
    (api,) = facts.apis
    assert (api.name, api.batchable) == ("predict", False)
    assert api.input["properties"]["rows"]["columns"] == list(FRAME.columns)
    label = api.output["$defs"]["Prediction"]["properties"]["label"]
    assert label["type"] == "string"
    assert resolve(str(tmp_path / "iris.joblib")).facts == facts


def test_what_is_read_of_a_boosted_estimator(machine: Path, tmp_path: Path) -> None:
    import xgboost

    for name in ("xgboost-named", "lightgbm-named"):
        (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(ESTIMATORS[name]))
    facts = resolve(str(tmp_path / "xgboost-named.pkl")).facts
    assert facts.packages["xgboost"] == xgboost.__version__
    assert facts.apis[0].input["properties"]["rows"]["columns"] == list(FRAME.columns)
    facts = resolve(str(tmp_path / "lightgbm-named.pkl")).facts
    assert facts.apis[0].input["properties"]["rows"]["columns"][0] == "sepal_length_(cm)", "as LightGBM writes names"


def predicted(url: str, **inputs: Any) -> Any:
    return httpx.post(f"{url}/predict", json=inputs).raise_for_status().json()


def test_a_classifier_answers_with_labels_and_probabilities(machine: Path, tmp_path: Path) -> None:
    model = ESTIMATORS["named"]
    joblib.dump(model, tmp_path / "iris.joblib")
    server = Server(bento_of(tmp_path / "iris.joblib"), tmp_path)
    try:
        answers = predicted(server.url, rows=FRAME.to_dict(orient="records"))
        assert [answer["label"] for answer in answers] == model.predict(FRAME).tolist()
        expected = model.predict_proba(FRAME)
        found = [[answer["probabilities"][label] for label in model.classes_] for answer in answers]
        np.testing.assert_allclose(found, expected)
        assert "petal length (cm)" in httpx.get(f"{server.url}/docs.json").text, "the API page has an example"
    finally:
        server.stop()


@pytest.mark.parametrize(
    "name", ["forest", "regression", "two-outputs", "linear-svm", "clusters", "xgboost", "lightgbm"]
)
def test_other_estimators(name: str, machine: Path, tmp_path: Path) -> None:
    model = ESTIMATORS[name]
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model))
    server = Server(bento_of(path), tmp_path)
    rows = ARRAY[::30, : model.n_features_in_]
    try:
        answers = predicted(server.url, rows=rows.tolist())
        key = "label" if hasattr(model, "classes_") else "value"
        np.testing.assert_array_equal([answer[key] for answer in answers], model.predict(rows))
        if name == "linear-svm":
            assert answers[0]["probabilities"] is None
    finally:
        server.stop()


class Opens:
    """Its pickle would run a command when it is loaded."""

    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/modelberth-was-here",)


class Own:
    """A class of somebody's own."""


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (Opens(), "posix.system"),
        ({"model": Opens()}, "posix.system"),
        ([LogisticRegression(), Opens()], "posix.system"),
        (Own(), "modelfile.test_modelfile.Own"),
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
    """Pickles as a call of any function by name, as an attacker writes it by hand."""

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


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model.pkl", b"", "cannot be read as a pickle or joblib file"),
        ("model.pkl", pickle.dumps(ESTIMATORS["logistic"])[:-40], "damaged, cut off or of another kind"),
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
def test_files_that_are_something_else(name: str, content: bytes, said: str, machine: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelFileError, match=said):
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
    content = bytearray(pickle.dumps(ESTIMATORS["logistic"]))
    content[flip % len(content)] ^= 1 << bit
    path = tmp_path / "model.pkl"
    path.write_bytes(bytes(content[: len(content) - cut % 50]))
    try:
        bento_of(path)
    except ModelFileError as error:
        assert str(path) in str(error)


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
def test_onnx_tensors(kind: int, shape: list[Any], value: Any, machine: Path, tmp_path: Path) -> None:
    path = tmp_path / "double-it.onnx"
    onnx.save(doubling("input:0", kind, shape), path)
    folder = bento_of(path)
    told, read = described(folder)
    assert told == read
    many = shape[0] != 2
    assert told[0]["batchable"] is many
    server = Server(folder, tmp_path)
    try:
        answer = predicted(server.url, input_0=value)
    finally:
        server.stop()
    expected = (np.array(value) * 2).tolist()
    assert answer == ([{"out_0": row} for row in expected] if many else {"out_0": expected})


def test_onnx_of_a_classifier(machine: Path, tmp_path: Path) -> None:
    model = RandomForestClassifier(10, random_state=0).fit(ARRAY, NAMES)
    (tmp_path / "iris.onnx").write_bytes(to_onnx(model, ARRAY[:1].astype("float32")).SerializeToString())
    folder = bento_of(tmp_path / "iris.onnx")
    told, read = described(folder)
    assert told == read
    server = Server(folder, tmp_path)
    try:
        answers = predicted(server.url, X=ARRAY[::10].tolist())
    finally:
        server.stop()
    assert [answer["output_label"] for answer in answers] == model.predict(ARRAY[::10]).tolist()
    expected = model.predict_proba(ARRAY[::10].astype("float32"))
    found = [[answer["output_probability"][name] for name in model.classes_] for answer in answers]
    np.testing.assert_allclose(found, expected, atol=1e-5)


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


def test_the_command_builds_and_other_commands_find_it(machine: Path, tmp_path: Path) -> None:
    joblib.dump(ESTIMATORS["logistic"], tmp_path / "Iris Model.joblib")
    arguments = ["bundle", "build", str(tmp_path / "Iris Model.joblib"), "--name", "flowers", "--label", "owner=ann"]
    built = json.loads(modelberth(*arguments, "--json"))
    assert built["fresh"]
    assert not json.loads(modelberth(*arguments, "--json"))["fresh"]
    facts = resolve("flowers").facts
    assert facts.digest == built["digest"]
    assert facts.labels["owner"] == "ann"
    assert facts.name == "flowers"
    listed = subprocess.run(["bentoml", "list", "-o", "json"], capture_output=True, text=True, check=True).stdout
    assert any(bento["tag"] == built["tag"] for bento in json.loads(listed))
    Opens.__module__ = "modelfile.test_modelfile"
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps(Own()))
    assert "is refused: loading it would import" in modelberth("bundle", "build", str(tmp_path / "bad.pkl"), code=1)


def test_a_program_serves_a_model_file(stack: Stack) -> None:
    """`bundle="model.joblib"` in a program: previewed without a build, served by `up`, changed by another file."""
    joblib.dump(ESTIMATORS["logistic"], stack.folder / "iris.joblib")
    program = (stack.folder / "__main__.py").read_text()
    (stack.folder / "__main__.py").write_text(program.replace(', api="release"', ""))
    assert "shop-server" in stack.steps("iris.joblib")
    stack.up("iris.joblib")
    url = stack.outputs()["url"]
    assert httpx.post(url, json={"rows": ARRAY[:1].tolist()}).json()[0]["label"] == 0
    assert stack.steps("iris.joblib") == {}, "nothing changed"
    joblib.dump(ESTIMATORS["forest"], stack.folder / "iris.joblib")
    assert stack.steps("iris.joblib") == {"shop": "update", "shop-server": "update"}
    stack.up("iris.joblib")
    assert httpx.post(url, json={"rows": ARRAY[:1].tolist()}).json()[0]["label"] is False


def test_describing_imports_none_of_the_libraries(machine: Path, tmp_path: Path) -> None:
    joblib.dump(ESTIMATORS["named"], tmp_path / "iris.joblib")
    script = (
        "import sys, pathlib; from modelberth_platform.modelfile import bento_of; "
        f"bento_of(pathlib.Path({str(tmp_path / 'iris.joblib')!r})); "
        "print([name for name in ('sklearn', 'joblib', 'pandas', 'bentoml', 'numpy') if name in sys.modules])"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert result.stdout.strip() == "[]"


def test_harmless_containers_pass(machine: Path, tmp_path: Path) -> None:
    model = LogisticRegression(max_iter=500).fit(ARRAY, SPECIES)
    model.notes_ = OrderedDict(a={1, 2}, b=complex(1, 2), c=slice(3), d=b"bytes", e=np.float32(1))
    joblib.dump(model, tmp_path / "model.joblib")
    assert resolve(str(tmp_path / "model.joblib")).facts.name == "model"
