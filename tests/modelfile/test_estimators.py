"""Estimators in pickle and joblib files: what is read from them, and what the written service answers."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import httpx
import joblib
import numpy as np
import pytest
from cli.test_cli import modelberth
from engine.stack import Stack

from modelberth_platform.bundle import resolve
from modelberth_platform.modelfile import bento_of
from modelfile.conftest import Serve, predicted, schemas_of
from modelfile.estimators import ARRAY, ESTIMATORS, FRAME, Own, estimator

SAVED = {
    "joblib": joblib.dump,
    "compressed.joblib": lambda model, path: joblib.dump(model, path, compress=3),
    "gzip.joblib": lambda model, path: joblib.dump(model, path, compress=("gzip", 1)),
    "pkl": lambda model, path: Path(path).write_bytes(pickle.dumps(model)),
    "protocol2.pkl": lambda model, path: Path(path).write_bytes(pickle.dumps(model, protocol=2)),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_description_is_what_bentoml_reads(name: str, machine: Path, tmp_path: Path) -> None:
    joblib.dump(estimator(name), tmp_path / f"{name}.joblib")
    declared, generated = schemas_of(bento_of(tmp_path / f"{name}.joblib"))
    assert declared == generated


@pytest.mark.parametrize("saved", SAVED)
def test_every_way_to_save_is_read_alike(saved: str, machine: Path, tmp_path: Path) -> None:
    suffix = saved.rpartition(".")[2]
    joblib.dump(estimator("named"), tmp_path / "plain.joblib")
    SAVED[saved](estimator("named"), str(tmp_path / f"model.{suffix}"))
    facts = [resolve(str(path)).facts for path in (tmp_path / "plain.joblib", tmp_path / f"model.{suffix}")]
    assert facts[0].apis == facts[1].apis
    assert facts[0].packages == facts[1].packages
    assert "scikit-learn" in facts[1].packages


def test_what_is_read_of_an_estimator(machine: Path, tmp_path: Path) -> None:
    import sklearn

    joblib.dump(estimator("named"), tmp_path / "iris.joblib")
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
        (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(estimator(name)))
    facts = resolve(str(tmp_path / "xgboost-named.pkl")).facts
    assert facts.packages["xgboost"] == xgboost.__version__
    assert facts.apis[0].input["properties"]["rows"]["columns"] == list(FRAME.columns)
    facts = resolve(str(tmp_path / "lightgbm-named.pkl")).facts
    assert facts.apis[0].input["properties"]["rows"]["columns"][0] == "sepal_length_(cm)", "as LightGBM writes names"


def test_a_classifier_answers_with_labels_and_probabilities(machine: Path, tmp_path: Path, serve: Serve) -> None:
    model = estimator("named")
    joblib.dump(model, tmp_path / "iris.joblib")
    url = serve(bento_of(tmp_path / "iris.joblib"))
    answers = predicted(url, rows=FRAME.to_dict(orient="records"))
    assert [answer["label"] for answer in answers] == model.predict(FRAME).tolist()
    expected = model.predict_proba(FRAME)
    probabilities = [[answer["probabilities"][label] for label in model.classes_] for answer in answers]
    np.testing.assert_allclose(probabilities, expected)
    assert "petal length (cm)" in httpx.get(f"{url}/docs.json").text, "the API page has an example"


@pytest.mark.parametrize(
    "name", ["forest", "regression", "two-outputs", "linear-svm", "clusters", "xgboost", "lightgbm"]
)
def test_other_estimators(name: str, machine: Path, tmp_path: Path, serve: Serve) -> None:
    model = estimator(name)
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model))
    rows = ARRAY[::30, : model.n_features_in_]
    answers = predicted(serve(bento_of(path)), rows=rows.tolist())
    key = "label" if hasattr(model, "classes_") else "value"
    np.testing.assert_array_equal([answer[key] for answer in answers], model.predict(rows))
    if name == "linear-svm":
        assert answers[0]["probabilities"] is None


def test_describing_imports_none_of_the_libraries(machine: Path, tmp_path: Path) -> None:
    joblib.dump(estimator("named"), tmp_path / "iris.joblib")
    script = (
        "import sys, pathlib; from modelberth_platform.modelfile import bento_of; "
        f"bento_of(pathlib.Path({str(tmp_path / 'iris.joblib')!r})); "
        "print([name for name in ('sklearn', 'joblib', 'pandas', 'bentoml', 'numpy') if name in sys.modules])"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert result.stdout.strip() == "[]"


def test_the_command_builds_and_other_commands_find_it(machine: Path, tmp_path: Path) -> None:
    joblib.dump(estimator("logistic"), tmp_path / "Iris Model.joblib")
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
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps(Own()))
    assert "is refused: loading it would import" in modelberth("bundle", "build", str(tmp_path / "bad.pkl"), code=1)


def test_a_program_serves_a_model_file(stack: Stack) -> None:
    """`bundle="model.joblib"` in a program: previewed without a build, served by `up`, changed by another file."""
    joblib.dump(estimator("logistic"), stack.folder / "iris.joblib")
    program = (stack.folder / "__main__.py").read_text()
    (stack.folder / "__main__.py").write_text(program.replace(', api="release"', ""))
    assert "shop-server" in stack.steps("iris.joblib")
    stack.up("iris.joblib")
    url = stack.outputs()["url"]
    assert httpx.post(url, json={"rows": ARRAY[:1].tolist()}).json()[0]["label"] == 0
    assert stack.steps("iris.joblib") == {}, "nothing changed"
    joblib.dump(estimator("forest"), stack.folder / "iris.joblib")
    assert stack.steps("iris.joblib") == {"shop": "update", "shop-server": "update"}
    stack.up("iris.joblib")
    assert httpx.post(url, json={"rows": ARRAY[:1].tolist()}).json()[0]["label"] is False
