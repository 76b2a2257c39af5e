"""The bundle store: pushed once, checked when read, the same bytes on every stack."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import s3fs
from cli.test_cli import modelberth
from conftest import Variant
from engine.stack import Stack
from loopback import aws_on_loopback

from modelberth_platform.bundle import BundleError, BundleFacts, resolve, store
from modelberth_platform.bundle.remote import RemoteStore
from modelberth_platform.bundle.resolve import located
from modelberth_platform.paths import cache_root


@pytest.fixture(params=["folder", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty store: a folder, and a bucket of a server on loopback that speaks S3."""
    if request.param == "folder":
        yield str(tmp_path / "bundles")
        return
    with aws_on_loopback(monkeypatch):
        s3fs.S3FileSystem.clear_instance_cache()  # it would keep to the endpoint of the test before
        bucket = f"bundles-{uuid.uuid4().hex}"
        where = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        yield f"s3://{bucket}/team"


@pytest.fixture
def facts(echo: Path) -> BundleFacts:
    return resolve("echo").facts


def push(url: str, facts: BundleFacts) -> bool:
    return RemoteStore(url).push(*located(facts.digest), facts)


def forget_what_was_pulled() -> None:
    shutil.rmtree(cache_root() / "pulled", ignore_errors=True)


def test_push_once_and_pull(url: str, facts: BundleFacts) -> None:
    forget_what_was_pulled()
    remote = RemoteStore(url)
    assert not remote.has("echo", facts.digest)
    assert push(url, facts)
    assert not push(url, facts), "uploaded once"
    assert remote.facts("echo", facts.digest[:16]) == facts
    folder = remote.pull("echo", facts.digest)
    assert resolve(str(folder)).facts == facts
    assert (folder / "src" / "service.py").read_text() == (located(facts.digest)[0] / "src" / "service.py").read_text()


def test_models_travel_with_their_bundle(url: str, tmp_path: Path) -> None:
    from bundle.test_digest import _bento_with_a_model
    from modelberth_platform.bundle.build import build

    built = build(_bento_with_a_model(tmp_path, "to travel"), force=True).bundle.facts
    push(url, built)
    forget_what_was_pulled()
    folder = RemoteStore(url).pull("weighted", built.digest)
    assert [path.read_text() for path in folder.rglob("weights.txt")] == ["to travel"]


def test_what_is_not_there(url: str, facts: BundleFacts) -> None:
    with pytest.raises(BundleError, match="there is no 'echo' at all"):
        RemoteStore(url).facts("echo", facts.digest)
    with pytest.raises(BundleError, match=r"fits no build .* and echo@sha256:0000000 is not in the store"):
        resolve("echo@sha256:0000000", store_url=url)


def test_a_damaged_bundle_is_refused(tmp_path: Path, facts: BundleFacts) -> None:
    url = str(tmp_path / "bundles")
    push(url, facts)
    forget_what_was_pulled()
    (archive,) = (tmp_path / "bundles").rglob("*.tar")
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b'RELEASE = "one"', b'RELEASE = "owe"'))
    with pytest.raises(BundleError, match="is damaged: its content is sha256:"):
        RemoteStore(url).pull("echo", facts.digest)
    archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleError, match="damaged, cut off or something else"):
        RemoteStore(url).pull("echo", facts.digest)
    assert not list((cache_root() / "pulled").glob("*")), "nothing of it stays"
    (described,) = (tmp_path / "bundles").rglob("*.json")
    described.write_text(described.read_text().replace('"name":"echo"', '"name":"other"', 1))
    with pytest.raises(BundleError, match="are those of other@"):
        RemoteStore(url).facts("echo", facts.digest)


def test_an_upload_that_was_cut_off_counts_as_none(tmp_path: Path, facts: BundleFacts) -> None:
    url = str(tmp_path / "bundles")
    push(url, facts)
    (described,) = (tmp_path / "bundles").rglob("*.json")
    described.unlink()
    assert not RemoteStore(url).has("echo", facts.digest)
    assert push(url, facts)


@pytest.mark.parametrize(("url", "message"), [("nowhere://x", "cannot be used"), ("s3://", "names no place")])
def test_a_store_that_cannot_be_used(url: str, message: str, facts: BundleFacts) -> None:
    with pytest.raises(BundleError, match=message):
        push(url, facts)


def program(folder: Path) -> Path:
    """A folder with two stacks' configurations."""
    folder.mkdir()
    (folder / "Pulumi.dev.yaml").write_text(
        "# where we try things\nconfig:\n"
        f"  modelberth:cloud: local  # this machine\n  modelberth:store: {folder}/store\n"
    )
    (folder / "Pulumi.prod.yaml").write_text(f"config:\n  modelberth:cloud: aws\n  modelberth:store: {folder}/store\n")
    return folder


def test_push_pins_and_promote_copies_the_pin(tmp_path: Path, echo: Path, variant: Variant) -> None:
    folder = program(tmp_path / "team")
    digest = resolve("echo").facts.digest
    output = modelberth("bundle", "push", "echo", "--stack", "dev", cwd=folder)
    assert f"pushed echo@{digest}" in output
    text = (folder / "Pulumi.dev.yaml").read_text()
    assert f"  modelberth:bundles:\n    echo: echo@{digest}\n" in text
    assert "# where we try things" in text, "comments stay"
    assert "# this machine" in text

    first = modelberth("promote", "echo", "--from", "dev", "--to", "prod", cwd=folder)
    assert digest in first
    assert f"echo: echo@{digest}" in (folder / "Pulumi.prod.yaml").read_text()
    assert "already" in modelberth("promote", "echo", "--from", "dev", "--to", "prod", cwd=folder)

    modelberth("bundle", "push", str(variant("two")), "--stack", "dev", cwd=folder)
    changes = modelberth("promote", "echo", "--from", "dev", "--to", "prod", cwd=folder)
    assert digest in changes, "what prod has"
    assert resolve(str(variant("two-again", new='RELEASE = "two"'))).facts.digest in changes, "what it gets"
    assert "owner" not in changes, "what stays is not listed"

    pulled = modelberth("bundle", "pull", f"echo@{digest}", "--store", f"{folder}/store").strip()
    assert resolve(pulled).facts.digest == digest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bundle", "push", "echo"], "no bundle store is named; give one: --store URL"),
        (["bundle", "push", "echo", "--stack", "staging"], "there is Pulumi.dev.yaml, Pulumi.prod.yaml"),
        (["bundle", "pull", "echo", "--store", "x"], "names no digest"),
        (["promote", "echo", "--from", "dev", "--to", "prod"], "pins no digest for 'echo' (nothing)"),
    ],
)
def test_mistakes(tmp_path: Path, echo: Path, arguments: list[str], message: str) -> None:
    assert message in " ".join(modelberth(*arguments, code=1, cwd=program(tmp_path / "team")).split())


def test_another_machine_serves_what_is_pinned(
    stack: Stack, echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine whose Bento store is empty, the preview reads facts alone and the update fetches the bundle."""
    digest = resolve("echo").facts.digest
    push(str(tmp_path / "bundles"), resolve("echo").facts)
    forget_what_was_pulled()
    (cache_root() / "bundles" / f"{digest.removeprefix('sha256:')}.json").unlink()
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "empty"))
    assert store.names() == []
    stack.run("config", "set", "modelberth:store", str(tmp_path / "bundles"))
    stack.run("config", "set", "--path", "modelberth:bundles.echo", f"echo@{digest}")
    assert digest in stack.preview("echo", "--diff")
    assert not (cache_root() / "pulled").exists(), "a preview downloads no model"
    stack.up("echo")
    assert stack.answer() == "one"
    assert json.loads(modelberth("status", "--json"))[0]["digest"] == digest
    assert list((cache_root() / "pulled").iterdir())
