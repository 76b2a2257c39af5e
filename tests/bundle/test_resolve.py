"""References that mean nothing, and archives that must not be trusted, are refused in words."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from modelberth_platform.bundle import BundleError, resolve
from modelberth_platform.paths import cache_root


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("ecko", "there is echo"),
        ("echo:9.9", "no build echo:9.9"),
        ("echo@sha256:000000000000", "fits no build"),
        ("echo@9.9", "is no bundle reference"),
        ("Ünicode name", "is no bundle reference"),
        ("./missing", "does not exist"),
        ("missing.bento", "does not exist"),
        ("model.onnx", "does not exist"),
        ("/", "not a built Bento"),
    ],
)
def test_unknown_references(echo: Path, reference: str, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        resolve(reference)


def test_an_empty_store_says_how_to_fill_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path))
    with pytest.raises(BundleError, match="modelberth bundle build"):
        resolve("echo")


def _archive(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:xz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def _link(name: str, to: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (tarfile.TarInfo("../outside.txt"), "leads out of the archive"),
        (tarfile.TarInfo("/tmp/outside.txt"), "leads out of the archive"),
        (tarfile.TarInfo("src/../../outside.txt"), "leads out of the archive"),
        (_link("src/link", "/etc/passwd", tarfile.SYMTYPE), "is a link"),
        (_link("src/link", "bento.yaml", tarfile.LNKTYPE), "is a link"),
        (_link("src/device", "", tarfile.FIFOTYPE), "neither a file nor a folder"),
    ],
)
def test_unsafe_archives_write_nothing(tmp_path: Path, member: tarfile.TarInfo, message: str) -> None:
    archive = _archive(tmp_path / "bad.bento", (tarfile.TarInfo("bento.yaml"), b"name: bad"), (member, b""))
    before = set(cache_root().rglob("*"))
    with pytest.raises(BundleError, match=message):
        resolve(str(archive))
    left = [path for path in set(cache_root().rglob("*")) - before if path.is_file()]
    assert not left
    assert not (tmp_path / "outside.txt").exists()


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    whole = _archive(tmp_path / "whole.bento", (tarfile.TarInfo("bento.yaml"), bytes(range(256)) * 400))
    cut = tmp_path / "cut.bento"
    cut.write_bytes(whole.read_bytes()[:-60])
    with pytest.raises(BundleError, match="damaged, cut off or something else"):
        resolve(str(cut))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.bento"
    text.write_text("not an archive")
    with pytest.raises(BundleError, match="damaged, cut off or something else"):
        resolve(str(text))


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="holds no bento.yaml"):
        resolve(str(_archive(tmp_path / "other.bento", (tarfile.TarInfo("readme.txt"), b"hello"))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a YAML mapping"),
        ("a: [", "cannot be read"),
        ("name: x\nversion: y\n", "lacks what a Bento"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_damaged_bento_yaml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bento.yaml").write_text(text)
    with pytest.raises(BundleError, match=message):
        resolve(str(tmp_path))


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "bento.yaml").write_text("name: x\nversion: y\nmodels: [{tag: 'weights:gone'}]\nschema: {routes: []}\n")
    with pytest.raises(BundleError, match="the model weights:gone"):
        resolve(str(tmp_path))


def test_a_bundle_is_read_without_importing_bentoml_or_the_bundle(echo: Path) -> None:
    program = "import sys; from modelberth_platform.bundle import resolve; resolve('echo'); print(sorted(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert "'modelberth_platform.bundle.read'" in printed
    assert "'bentoml'" not in printed
    assert "'service'" not in printed
