"""The platform's own services and the examples, deployed in place as their users deploy them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits
from test_documents import blocks

import modelberth
from engine.stack import of_endpoint
from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.example import example_request
from modelberth_platform.targets.local.record import find_record

PROGRAMS = sorted(path.parent for folder in ("services", "examples") for path in (ROOT / folder).glob("*/Pulumi.yaml"))


def pulumi(folder: Path, *arguments: str) -> str:
    command = ["pulumi", "--cwd", str(folder), "--non-interactive", "--stack", "dev", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@contextmanager
def deployed(folder: Path) -> Iterator[dict[str, Any]]:
    """Deploy the program in the folder; gives its outputs and destroys it at the end."""
    configuration = (folder / "Pulumi.dev.yaml").read_text()
    subprocess.run(["pulumi", "--cwd", str(folder), "stack", "init", "dev"], check=True, capture_output=True)
    try:
        pulumi(folder, "up", "--yes", "--skip-preview")
        yield json.loads(pulumi(folder, "stack", "output", "--json"))
    finally:
        pulumi(folder, "destroy", "--yes", "--skip-preview")
        pulumi(folder, "stack", "rm", "--yes", "--preserve-config")
    assert (folder / "Pulumi.dev.yaml").read_text() == configuration, "deploying changes no file of the checkout"


def test_there_are_services_and_examples() -> None:
    assert {path.name for path in PROGRAMS} >= {"digits", "tumor", "scaled-endpoint", "two-endpoints", "team-defaults"}


def test_digits(digits_and_tumor: dict[str, str]) -> None:
    facts = resolve("digits").facts
    assert float(facts.labels["accuracy"]) > 0.97
    images, digits = load_digits(return_X_y=True)
    with deployed(ROOT / "services" / "digits") as outputs, modelberth.client(outputs["url"]) as client:
        answers = client.predict(images=images[:200].reshape(-1, 8, 8))
        right = [answer["digit"] == digit for answer, digit in zip(answers, digits, strict=False)]
        assert sum(right) / len(right) > 0.97
        assert client.predict(example_request(facts.api("classify"))) == [
            {"digit": 3, "confidence": pytest.approx(1, abs=0.5)}
        ]
        with modelberth.client("digits") as by_name:
            lines = "".join(by_name.stream("read_each", images=images[:3].reshape(-1, 8, 8))).splitlines()
        assert [json.loads(line)["digit"] for line in lines] == [0, 1, 2]
        picture = _png(images[4].reshape(8, 8))
        assert client.call("read_picture", picture=picture)["digit"] == digits[4]
        with pytest.raises(modelberth.PredictionError, match="400") as caught:
            client.predict(images=[[1, 2]])
        assert caught.value.status == 400


def _png(pixels: np.ndarray[Any, Any]) -> Path:
    buffer = io.BytesIO()
    paper = 255 - pixels / 16 * 255
    Image.fromarray(paper.astype("uint8")).resize((160, 160), Image.Resampling.NEAREST).save(buffer, "PNG")
    path = Path(os.environ["XDG_CACHE_HOME"]) / "digit.png"
    path.write_bytes(buffer.getvalue())
    return path


def test_tumor(digits_and_tumor: dict[str, str]) -> None:
    facts = resolve("tumor").facts
    assert float(facts.labels["accuracy"]) > 0.9
    fields = facts.api("diagnose").input["properties"]
    assert len(fields) == 10
    assert all("description" in field and ("maximum" in field) for field in fields.values())
    records, benign = load_breast_cancer(return_X_y=True)
    with deployed(ROOT / "services" / "tumor") as outputs, modelberth.client(outputs["url"]) as client:
        right = 0
        for record, is_benign in zip(records[:100], benign[:100], strict=True):
            answer = client.predict(dict(zip(fields, record[:10].tolist(), strict=True)))
            right += answer["diagnosis"] == ("benign" if is_benign else "malignant")
        assert right > 90
        shown: dict[str, Any] = {}
        exec(blocks("python")[-1].replace("    tumor.predict(", "    answer = tumor.predict("), shown)
        assert shown["answer"]["diagnosis"] == "malignant", "the README's example"
        with pytest.raises(modelberth.PredictionError) as caught:
            client.predict(**(example_request(facts.api("diagnose")) | {"radius": -3}))
        assert caught.value.detail["detail"][0]["loc"] == ["radius"]


@pytest.mark.parametrize(
    "folder", [path for path in PROGRAMS if path.parent.name == "examples"], ids=lambda path: path.name
)
def test_examples(folder: Path, digits_and_tumor: dict[str, str]) -> None:
    with deployed(folder):
        for name in ("digits", "tumor"):
            if f'"{name}"' not in (folder / "__main__.py").read_text():
                continue
            _, record = find_record(name)
            assert record.project == folder.name
            with modelberth.client(name) as client:
                assert client.predict(example_request(record.api))


def test_the_same_program_on_the_laptop_and_on_sagemaker(
    digits_and_tumor: dict[str, str], aws_packages: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On the laptop the program is deployed and called; for SageMaker its declaration is checked without an account."""
    folder = tmp_path / "program"
    shutil.copytree(ROOT / "examples" / "sagemaker-endpoint", folder)
    with deployed(ROOT / "examples" / "sagemaker-endpoint") as outputs:
        called = subprocess.run(
            [sys.executable, str(folder / "call.py"), outputs["url"]], capture_output=True, text=True, check=True
        )
    assert "malignant" in called.stdout
    text = (folder / "Pulumi.prod.yaml").read_text()
    (folder / "Pulumi.prod.yaml").write_text(text.replace("s3://example-models/bundles", str(tmp_path / "store")))
    command = [sys.executable, "-m", "modelberth_platform.cli"]
    push = [*command, "bundle", "push", "tumor", "--stack", "prod"]
    subprocess.run(push, cwd=folder, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(aws_packages), "AWS_EC2_METADATA_DISABLED": "true"}
    checked = subprocess.run(
        [*command, "check", "--stack", "prod"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "tumor: declaration" in checked.stdout
    assert "ManagedEndpoint on sagemaker" in checked.stdout


def test_one_endpoint_learns_where_the_other_is(digits_and_tumor: dict[str, str]) -> None:
    with deployed(ROOT / "examples" / "two-endpoints") as outputs:
        folder, _ = find_record("digits")
        urls = [process.environ().get("TUMOR_URL") for process in of_endpoint(folder.path)]
        assert outputs["tumor_url"] in urls


def test_the_foundation_on_local() -> None:
    with deployed(ROOT) as outputs:
        assert outputs["cloud"] == "local"
        assert outputs["endpoints"].startswith(os.environ["XDG_STATE_HOME"])
