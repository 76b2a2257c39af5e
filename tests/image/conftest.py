from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from conftest import BENTOS
from parallel import free_port

from modelberth_platform.bundle import Bundle
from modelberth_platform.bundle.build import build as build_bundle
from modelberth_platform.image import Recipe, engine, recipe_of
from modelberth_platform.image.context import write_context

LEFT_OUT = "needs a container engine and a registry of the tests' own; start them: make engine"


@dataclass(frozen=True)
class ContainerEngine:
    """The tests' own container engine, its registry, and a base image in that."""

    registry: str
    base: str

    def build(self, bundle: Bundle, scratch: Path, *, anew: bool = False) -> tuple[Recipe, str]:
        """The recipe of a bundle's image and the image's name, built unless it is there.

        Built `anew`, its layers are those that the engine keeps now: an image that is there may have earlier ones.
        """
        recipe = recipe_of(bundle, base=self.base)
        tag = f"{self.registry}/{recipe.facts.name}:{recipe.tag}"
        if anew or not engine.present(tag):
            context = write_context(recipe, scratch / recipe.tag)
            engine.build(context, tag, platform=recipe.platform, network="host")
        return recipe, tag


@pytest.fixture(scope="session")
def container_engine() -> ContainerEngine:
    """The engine that `make engine` started; where there is none the test is left out, but never in CI."""
    registry, base = os.environ.get("MODELBERTH_TEST_REGISTRY"), os.environ.get("MODELBERTH_TEST_BASE_IMAGE")
    if not registry or not base:
        if os.environ.get("CI"):
            pytest.fail(f"CI {LEFT_OUT}")
        pytest.skip(LEFT_OUT)
    return ContainerEngine(registry, base)


@pytest.fixture(scope="session")
def kinds_image(machine: Path, container_engine: ContainerEngine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image of the Bento `kinds`: several routes, a dependent service, streams, uploads."""
    bundle = build_bundle(BENTOS / "kinds").bundle
    return container_engine.build(bundle, tmp_path_factory.mktemp("kinds"))[1]


@contextmanager
def container(image: str, *arguments: str, **variables: str) -> Iterator[str]:
    """A running container on the host's network, as locked down as a target runs it; yields its id."""
    options = ["--detach", "--network", "host", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]
    for name, value in variables.items():
        options += ["--env", f"{name}={value}"]
    identifier = engine.docker("run", *options, image, *arguments).stdout.strip()
    try:
        yield identifier
    finally:
        engine.docker("rm", "--force", identifier)


@contextmanager
def served(image: str, **variables: str) -> Iterator[str]:
    """The URL of a container that SageMaker would call: `docker run IMAGE serve`."""
    port = free_port()
    with container(image, "serve", PORT=str(port), MODELBERTH_HOST="127.0.0.1", **variables) as identifier:
        wait_for(f"http://127.0.0.1:{port}/ping", identifier)
        yield f"http://127.0.0.1:{port}"


def wait_for(url: str, identifier: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    log = subprocess.run(["docker", "logs", identifier], capture_output=True, text=True, check=False)
    raise AssertionError(log.stdout + log.stderr)
