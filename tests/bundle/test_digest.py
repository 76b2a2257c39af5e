"""The bundle digest survives rebuilds and sees every change."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import BENTOS, Variant

from modelberth_platform.bundle import BundleError, resolve, store
from modelberth_platform.bundle.build import build


def test_a_rebuild_has_the_same_digest_and_version(echo: Path) -> None:
    first = resolve("echo").facts
    rebuilt = build(BENTOS / "echo", force=True)
    assert rebuilt.fresh
    assert rebuilt.bundle.folder != echo
    assert rebuilt.bundle.facts == first


def test_unchanged_content_is_not_built_again(single: Path) -> None:
    again = build(BENTOS / "single")
    assert not again.fresh
    assert again.bundle.folder == single


def test_a_new_version_of_its_model_is_built_in(tmp_path: Path) -> None:
    source = _bento_with_a_model(tmp_path, "first")
    build(source, force=True)
    assert not build(source).fresh
    subprocess.run([sys.executable, "train.py"], cwd=source, check=True)
    assert build(source, train=False).fresh


def test_a_copy_elsewhere_has_the_same_digest(echo: Path, tmp_path: Path) -> None:
    shutil.copytree(echo, tmp_path / "copy")
    assert resolve(str(tmp_path / "copy")).facts.digest == resolve("echo").facts.digest


def test_changed_code_has_another_digest(echo: Path, variant: Variant) -> None:
    assert resolve(str(variant("two"))).facts.digest != resolve("echo").facts.digest


def test_changed_options_have_another_digest(echo: Path, variant: Variant) -> None:
    folder = variant("same", new='RELEASE = "one"')
    info = yaml.safe_load((folder / "bento.yaml").read_text())
    info["envs"] = [{"name": "MODE", "value": "strict"}]
    (folder / "bento.yaml").write_text(yaml.safe_dump(info))
    assert resolve(str(folder)).facts.digest != resolve("echo").facts.digest


def test_byte_code_does_not_count(echo: Path, variant: Variant) -> None:
    folder = variant("same", new='RELEASE = "one"')
    cache = folder / "src" / "__pycache__"
    cache.mkdir(exist_ok=True)  # there is one where another test has loaded the service
    (cache / "service.cpython-311.pyc").write_bytes(b"anything")
    assert resolve(str(folder)).facts.digest == resolve("echo").facts.digest


def test_an_executable_bit_counts(echo: Path, variant: Variant) -> None:
    folder = variant("same", new='RELEASE = "one"')
    (folder / "src" / "service.py").chmod(0o755)
    assert resolve(str(folder)).facts.digest != resolve("echo").facts.digest


def test_a_link_out_of_the_bundle_is_refused(variant: Variant) -> None:
    folder = variant("linked")
    (folder / "src" / "passwords").symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match="leads out of the bundle"):
        resolve(str(folder))


def _bento_with_a_model(tmp_path: Path, weights: str) -> Path:
    source = tmp_path / "weighted"
    source.mkdir(exist_ok=True)
    (source / "bentofile.yaml").write_text(
        'service: "service:Weighted"\nname: weighted\ninclude: ["service.py"]\npython: {lock_packages: false}\n'
    )
    (source / "service.py").write_text(
        "import bentoml\n\n\n@bentoml.service\nclass Weighted:\n"
        '    saved = bentoml.models.BentoModel("weights:latest")\n\n'
        "    @bentoml.api\n    def weight(self) -> str:\n"
        '        return open(self.saved.path_of("weights.txt")).read()\n'
    )
    (source / "train.py").write_text(
        "import bentoml\nfrom pathlib import Path\n"
        'with bentoml.models.create("weights", labels={"accuracy": "0.9"}) as saved:\n'
        f'    Path(saved.path_of("weights.txt")).write_text({weights!r})\n'
    )
    return source


def test_models_count_by_content(tmp_path: Path) -> None:
    first = build(_bento_with_a_model(tmp_path, "heavy"), force=True).bundle.facts
    trained_again = build(_bento_with_a_model(tmp_path, "heavy"), force=True).bundle.facts
    other = build(_bento_with_a_model(tmp_path, "light"), force=True).bundle.facts
    assert trained_again.digest == first.digest
    assert other.digest != first.digest
    assert first.labels == {"accuracy": "0.9"}
    assert [model.name for model in first.models] == ["weights"]
    assert first.size > len("heavy")


def test_an_exported_archive_has_the_same_digest(tmp_path: Path) -> None:
    built = build(_bento_with_a_model(tmp_path, "exported"), force=True)
    archive = tmp_path / "weighted.bento"
    subprocess.run(["bentoml", "export", built.tag, str(archive)], check=True, capture_output=True)
    assert resolve(str(archive)).facts == built.bundle.facts


def test_a_pin_finds_the_build(echo: Path) -> None:
    digest = resolve("echo").facts.digest
    assert resolve("echo", pins={"echo": f"echo@{digest}"}).facts.digest == digest
    assert resolve(f"echo@{digest[:20]}").facts.digest == digest


def test_an_explicit_version_names_the_bundle(echo: Path) -> None:
    built = build(BENTOS / "echo", version="1.4.0", labels={"tier": "gold"})
    assert built.tag == "echo:1.4.0"
    assert built.bundle.facts.version == "1.4.0"
    assert built.bundle.facts.labels["tier"] == "gold"
    assert resolve("echo:1.4.0").facts.version == "1.4.0"
    shutil.rmtree(store.build("echo", "1.4.0"))
    build(BENTOS / "echo", force=True)  # the store's newest is the plain build again
