"""Images on a real container engine: what is in them, what rebuilds, what goes wrong."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import uuid
from pathlib import Path

import httpx
import pytest
from cli.test_cli import modelberth
from conftest import Variant
from engine.stack import eventually
from parallel import free_port
from serving.conftest import in_progress

from image.conftest import ContainerEngine, container, served, wait_for
from modelberth_platform.bundle import resolve
from modelberth_platform.image import ImageError, engine, recipe_of
from modelberth_platform.image.context import write_context


@pytest.fixture(scope="module")
def echo_image(
    echo: Path, container_engine: ContainerEngine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """The release digest and the name of the image of `echo`."""
    recipe, tag = container_engine.build(resolve("echo"), tmp_path_factory.mktemp("echo"))
    return recipe.release, tag


def test_what_an_image_says_of_itself(echo_image: tuple[str, str], container_engine: ContainerEngine) -> None:
    release, tag = echo_image
    configuration = engine.inspect(tag)["Config"]
    facts = resolve("echo").facts
    labels = configuration["Labels"]
    assert labels["org.opencontainers.image.title"] == "echo"
    assert labels["org.opencontainers.image.version"] == facts.version
    assert labels["org.opencontainers.image.base.digest"] == container_engine.base.partition("@")[2]
    assert labels["io.modelberth.bundle.digest"] == facts.digest
    assert labels["io.modelberth.apis"] == "count,echo,environment,process,release,sleep,upload"
    assert f"MODELBERTH_RELEASE={release}" in configuration["Env"]
    assert configuration["User"] == "65532:65532"
    assert configuration["Healthcheck"]["Test"] == ["CMD", "python", "-m", "modelberth_serving", "healthcheck"]


def test_a_container_answers_drains_and_says_how_it_is(echo_image: tuple[str, str]) -> None:
    port = free_port()
    variables = {"PORT": str(port), "MODELBERTH_HOST": "127.0.0.1", "MODELBERTH_API": "sleep"}
    with container(echo_image[1], **variables) as identifier:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/ping", identifier)
        assert httpx.get(f"{url}/ping").headers["x-modelberth-release"] == echo_image[0]
        health = engine.docker("exec", identifier, "python", "-m", "modelberth_serving", "healthcheck", check=False)
        assert health.returncode == 0
        script = f"import httpx; print(httpx.post('{url}/invocations', json={{'seconds': 4}}).text)"
        request = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        eventually(lambda: in_progress(url, "/sleep"))
        engine.docker("stop", "--time", "30", identifier)
        assert request.communicate(timeout=30)[0].strip() == "4.0", "the running request was answered"
        log = subprocess.run(["docker", "logs", identifier], capture_output=True, text=True, check=True)
        assert "echo: goodbye" in log.stdout, "the Bento's own shutdown ran"
        state = json.loads(engine.docker("inspect", identifier).stdout)[0]["State"]
        assert state["ExitCode"] == 0


def test_unhealthy_where_nothing_answers(echo_image: tuple[str, str]) -> None:
    result = engine.docker("run", "--rm", "--network", "none", echo_image[1], "healthcheck", check=False)
    assert result.returncode == 1


def test_a_change_of_code_keeps_the_layers_below(
    echo_image: tuple[str, str], variant: Variant, container_engine: ContainerEngine, tmp_path: Path
) -> None:
    container_engine.build(resolve("echo"), tmp_path, anew=True)
    started = time.monotonic()
    _, changed = container_engine.build(resolve(str(variant("two"))), tmp_path, anew=True)
    print(f"a change of code took {time.monotonic() - started:.1f} s")
    before, after = (engine.inspect(tag)["RootFS"]["Layers"] for tag in (echo_image[1], changed))
    same = next(number for number, layers in enumerate(zip(before, after, strict=False)) if layers[0] != layers[1])
    with served(changed, MODELBERTH_API="release") as url:
        assert httpx.post(f"{url}/invocations", json={}).text == "two"
    history = json.loads(
        "[" + ",".join(engine.docker("history", "--format", "{{json .}}", changed).stdout.splitlines()) + "]"
    )
    sizes = [entry["Size"] for entry in history if "opt/modelberth/venv" in entry["CreatedBy"]]
    assert sizes, history
    assert same >= 4, "base, packages, models and runtime are shared; only the bundle is another layer"


def test_nothing_secret_is_in_a_layer(
    echo: Path, container_engine: ContainerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates, index and credentials reach the build stage as mounts; the saved image holds none of them."""
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    marked = index.replace("://", "://ann-who-builds:s3cret-of-ann@")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine pypi.example login ann-who-builds password s3cret-of-ann\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("UV_DEFAULT_INDEX", marked)
    recipe = recipe_of(resolve("echo"), base=container_engine.base, build_image=f"{container_engine.base}")
    context = write_context(recipe, tmp_path / "context")
    dockerfile = context / "Dockerfile"
    anew = f"USER root\nRUN : {uuid.uuid4()}\n"  # no step is taken from the cache, so every mount is used
    dockerfile.write_text(dockerfile.read_text().replace("USER root\n", anew, 1))
    tag = f"{container_engine.registry}/secretive:{recipe.tag}"
    engine.build(context, tag, platform=recipe.platform, network="host")
    saved = tmp_path / "image.tar"
    engine.docker("save", "--output", str(saved), tag)
    history = engine.docker("history", "--no-trunc", tag).stdout
    certificate = Path(os.environ.get("SSL_CERT_FILE", "")) if os.environ.get("SSL_CERT_FILE") else None
    assert "s3cret-of-ann" not in history
    names, hits = _searched(saved, b"s3cret-of-ann")
    assert names > 1000
    assert not hits
    if certificate is not None:
        assert str(certificate) not in history


def _searched(image: Path, needle: bytes) -> tuple[int, list[str]]:
    """How many files the layers of a saved image have, and which of them hold the needle."""
    count, hits = 0, []
    with tarfile.open(image) as outer:
        for layer in outer.getmembers():
            content = outer.extractfile(layer)
            if content is None:
                continue
            if not layer.name.endswith("layer.tar") and "blobs" not in layer.name:
                hits += [layer.name] if needle in content.read() else []
                continue
            with tarfile.open(fileobj=io.BytesIO(content.read())) as inner:
                for member in inner.getmembers():
                    count += 1
                    file = inner.extractfile(member) if member.isfile() else None
                    if file is not None and needle in file.read():
                        hits.append(f"{layer.name}: {member.name}")
    return count, hits


def test_system_packages_of_a_bundle(container_engine: ContainerEngine, variant: Variant, tmp_path: Path) -> None:
    import yaml

    folder = variant("two")
    bento = yaml.safe_load((folder / "bento.yaml").read_text())
    bento["image"]["commands"].append("mkdir -p /opt/system && echo installed > /opt/system/mark")
    (folder / "bento.yaml").write_text(yaml.safe_dump(bento))
    _, tag = container_engine.build(resolve(str(folder)), tmp_path)
    assert engine.docker("run", "--rm", "--entrypoint", "cat", tag, "/opt/system/mark").stdout == "installed\n"
    tools = engine.docker("run", "--rm", "--entrypoint", "sh", tag, "-c", "command -v gcc git uv", check=False).stdout
    assert tools == "", "no compiler, no git, no installer in the image"


def test_push_gives_the_name_by_digest(echo_image: tuple[str, str], container_engine: ContainerEngine) -> None:
    pushed = engine.push(echo_image[1])
    repository, _, digest = pushed.partition("@")
    assert repository == f"{container_engine.registry}/echo"
    manifest = httpx.get(
        f"http://{container_engine.registry}/v2/echo/manifests/{digest}",
        headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
    )
    assert manifest.status_code == 200
    assert manifest.headers["docker-content-digest"] == digest


def test_the_command(echo_image: tuple[str, str], container_engine: ContainerEngine) -> None:
    arguments = ["--base", container_engine.base, "--network", "host"]
    arguments += ["--repository", f"{container_engine.registry}/echo"]
    built = json.loads(modelberth("image", "build", "echo", *arguments, "--push", "--json"))
    assert (built["image"], built["release"], built["fresh"]) == (echo_image[1], echo_image[0], False)
    assert built["pushed"].startswith(f"{container_engine.registry}/echo@sha256:")


@pytest.mark.parametrize("target", ["sagemaker", "lambda", "ecs"])
def test_check_finds_nothing_wrong(target: str, echo_image: tuple[str, str]) -> None:
    result = modelberth("image", "check", echo_image[1], "--target", target, "--api", "echo", "--json")
    checks = {check["name"]: check for check in json.loads(result)}
    assert {check["outcome"] for check in checks.values()} == {"ok"}
    assert '[{"name"' in checks["prediction"]["found"]


def test_check_says_what_a_target_would_refuse(
    echo_image: tuple[str, str], variant: Variant, container_engine: ContainerEngine, tmp_path: Path
) -> None:
    tight = modelberth("image", "check", echo_image[1], "--memory-mb", "64", "--json", code=1)
    start = next(check for check in json.loads(tight) if check["name"] == "start")
    assert (start["outcome"], start["found"]) == ("refused", "killed: it needs more than 64 MiB")
    other = json.loads(modelberth("image", "check", echo_image[1], "--platform", "linux/arm64", "--json", code=1))
    assert other[0]["outcome"] == "refused"
    folder = variant("broken", "self.release_name = RELEASE", 'open("/opt/note", "w")')
    broken = container_engine.build(resolve(str(folder)), tmp_path)[1]
    checks = json.loads(modelberth("image", "check", broken, "--target", "ecs", "--json", code=1))
    start = next(check for check in checks if check["name"] == "start")
    assert start["outcome"] == "refused"
    assert "Read-only file system: '/opt/note'" in start["found"]


def test_an_image_that_is_not_there(container_engine: ContainerEngine) -> None:
    assert "the container engine has no image 'nothing:1'" in modelberth("image", "check", "nothing:1", code=1)


def test_no_build_context(container_engine: ContainerEngine, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="is no build context: it holds no Dockerfile"):
        engine.build(tmp_path, "x:1", platform="linux/amd64")


def test_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("docker"):
        pytest.skip("no docker command here")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(
        ImageError, match=r"no container engine answers. Start one \(Docker Desktop, or: sudo systemctl"
    ):
        engine.build(tmp_path, "x:1", platform="linux/amd64")


def test_no_docker_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match="docker is not on PATH. Images need a container engine"):
        engine.require_engine()


def test_a_base_image_that_cannot_be_fetched(echo: Path, container_engine: ContainerEngine, tmp_path: Path) -> None:
    recipe = recipe_of(resolve("echo"), base=f"{container_engine.registry}/nothing:1")
    context = write_context(recipe, tmp_path / "context")
    with pytest.raises(ImageError) as caught:
        engine.build(context, "x:1", platform="linux/amd64", network="host")
    assert str(caught.value).startswith("the base image cannot be fetched; check its name, your login (docker login)")
    assert "nothing:1" in str(caught.value)


def test_a_python_that_the_base_image_lacks(
    variant: Variant, container_engine: ContainerEngine, tmp_path: Path
) -> None:
    import yaml

    folder = variant("two")
    bento = yaml.safe_load((folder / "bento.yaml").read_text())
    bento["image"]["python_version"] = "3.12"
    (folder / "bento.yaml").write_text(yaml.safe_dump(bento))
    with pytest.raises(
        ImageError, match=r"the base image does not have the Python 3\.12 that the bundle was built for"
    ):
        container_engine.build(resolve(str(folder)), tmp_path)


def test_a_requirement_that_cannot_be_installed(
    variant: Variant, container_engine: ContainerEngine, tmp_path: Path
) -> None:
    folder = variant("two")
    file = next((folder / "env" / "python").glob("requirements.*"))
    file.write_text(file.read_text() + "\nbentoml==0.0.0.1\n")
    with pytest.raises(ImageError) as caught:
        container_engine.build(resolve(str(folder)), tmp_path)
    message = str(caught.value)
    assert message.startswith("the bundle's packages cannot be installed for this image; the engine says:")
    assert "bentoml==0.0.0.1" in message
    assert len(message.splitlines()) < 12


def test_a_registry_that_refuses(echo_image: tuple[str, str]) -> None:
    nowhere = f"127.0.0.1:{free_port()}/echo:1"
    engine.docker("tag", echo_image[1], nowhere)
    with pytest.raises(ImageError, match="the registry refuses; check its name"):
        engine.push(nowhere)
