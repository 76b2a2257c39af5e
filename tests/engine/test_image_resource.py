"""A bundle's image as a Pulumi resource on the real engine: it is built and pushed once, wherever the program runs."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import project_name
from image.conftest import ContainerEngine, container_engine, served

from engine.images import image_settings
from engine.stack import Stack
from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.remote import RemoteStore
from modelberth_platform.image import engine

__all__ = ["container_engine"]

PROGRAM = """
import json
import pulumi
from modelberth.targets.image import built_image
from modelberth_platform.bundle import resolve
from modelberth_platform.declaration.settings import ImageSettings

config = pulumi.Config()
bundle = resolve(config.require("bundle"), store_url=config.require("store"))
settings = ImageSettings.model_validate_json(config.require("images"))
image = built_image("shop", bundle, config.require("repository"), platform="linux/amd64", settings=settings)
pulumi.export("uri", image.uri)
pulumi.export("release", image.release)
"""


@pytest.fixture
def shop(
    machine: Path,
    cloud_plugins: Path,
    container_engine: ContainerEngine,
    echo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stack]:
    """A stack whose program declares the image of `echo`, pinned by digest in a store."""
    monkeypatch.setenv("PYTHONPATH", str(cloud_plugins))
    bundle = resolve("echo")
    RemoteStore(str(tmp_path / "store")).push(bundle.folder, bundle.home, bundle.facts)
    project = project_name()
    stack = Stack(machine / project, project)
    (stack.folder / "__main__.py").write_text(PROGRAM)
    stack.configure("bundle", f"echo@{bundle.facts.digest}")
    stack.configure("store", str(tmp_path / "store"))
    stack.configure("repository", f"{container_engine.registry}/shop-{uuid.uuid4().hex}")
    images = image_settings(container_engine, tmp_path)
    stack.configure("images", json.dumps(images))
    yield stack
    stack.destroy()


def steps(stack: Stack) -> dict[str, str]:
    preview = json.loads(stack.run("preview", "--json"))
    changed = {step["urn"].rpartition("::")[2]: step["op"] for step in preview["steps"] if step["op"] != "same"}
    return {name: op for name, op in changed.items() if name == "shop-image"}


def test_built_once_and_rolled_out_by_its_content(
    shop: Stack, machine: Path, container_engine: ContainerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steps(shop) == {"shop-image": "create"}
    repository = shop.run("config", "get", "repository").strip()
    assert engine.docker("image", "ls", "--quiet", repository).stdout == "", "a preview builds nothing"

    shop.run("up", "--yes", "--skip-preview")
    first = shop.outputs()
    tag = first["release"].removeprefix("sha256:")[:20]
    assert first["uri"].startswith(f"{repository}@sha256:")
    assert engine.inspect(f"{repository}:{tag}")["Os"] == "linux"
    with served(first["uri"], MODELBERTH_API="release") as url:
        assert httpx.post(f"{url}/invocations", json={}).text == "one"
        assert httpx.get(f"{url}/ping").headers["x-modelberth-release"] == first["release"]
    build_base = json.loads(shop.run("config", "get", "images")).get("build_base")
    if build_base:
        listing = engine.docker("run", "--rm", "--entrypoint", "ls", first["uri"], "/etc/company.crt", check=False)
        assert listing.returncode != 0, "the company's certificates are of the build stage alone"

    assert steps(shop) == {}
    shutil.rmtree(shop.folder / ".modelberth")
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine / f"{shop.project}-other-cache"))
    monkeypatch.setenv("BENTOML_HOME", str(machine / f"{shop.project}-other-home"))
    moved = shop.folder.rename(shop.folder.with_name(f"{shop.project}-elsewhere"))
    shop.folder = moved
    shop.run("stack", "select", "test")
    assert steps(shop) == {}, "another machine sees no change either"

    images = json.loads(shop.run("config", "get", "images"))
    images["base"] = _another_base(container_engine)
    images.pop("build_base", None)
    shop.configure("images", json.dumps(images))
    assert steps(shop) == {"shop-image": "update"}, "a new base image is a new release"


def _another_base(container_engine: ContainerEngine) -> str:
    tag = f"{container_engine.registry}/python:patched"
    identifier = engine.docker("create", container_engine.base, "true").stdout.strip()
    engine.docker("commit", "--change", "LABEL patched=yes", identifier, tag)
    engine.docker("rm", identifier)
    return engine.push(tag)
