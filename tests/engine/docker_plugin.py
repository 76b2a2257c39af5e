"""A stand-in for pulumi-docker's provider plugin, which no package registry has: the resource `Image` over `docker`.

What it does follows the plugin: a hash of the build context (names, modes, content) is an input, made in `Check`; the
image is built and pushed when it is created or an input changes, and a preview builds nothing. It refuses any other
resource and any input that it does not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from google.protobuf.empty_pb2 import Empty
from plugin import UNKNOWN, Plugin, plain, resource_type, run, struct
from pulumi.runtime.proto import provider_pb2

TYPE = "docker:index/image:Image"
INPUTS = {"imageName", "build", "buildOnPreview", "registry", "skipPush", "__defaults"}
BUILD_INPUTS = {"args", "builderVersion", "context", "dockerfile", "network", "platform", "contextDigest", "__defaults"}
MANIFESTS = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
ANEW = "MODELBERTH_TEST_BUILD_ANEW"
"""Set, every layer but those of the base image is built, as on a machine that has built none of them yet."""


class Docker(Plugin):
    version = "5.2.0"

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = plain(request.news)
        kind = resource_type(request.urn)
        unknown = (inputs.keys() - INPUTS) | ((inputs.get("build") or {}).keys() - BUILD_INPUTS)
        failures = [provider_pb2.CheckFailure(property=name, reason="is not known here") for name in sorted(unknown)]
        if kind != TYPE:
            failures.append(provider_pb2.CheckFailure(reason=f"the resource {kind} is not known here"))
        if not failures:
            inputs["build"]["contextDigest"] = context_digest(Path(inputs["build"]["context"]))
        return provider_pb2.CheckResponse(inputs=struct(inputs), failures=failures)

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        before, after = _lasting(plain(request.old_inputs)), _lasting(plain(request.news))
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = plain(request.properties)
        outputs = {**inputs, "repoDigest": UNKNOWN} if request.preview else await build_and_push(inputs)
        return provider_pb2.CreateResponse(id=inputs["imageName"], properties=struct(outputs))

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = plain(request.news)
        outputs = {**inputs, "repoDigest": UNKNOWN} if request.preview else await build_and_push(inputs)
        return provider_pb2.UpdateResponse(properties=struct(outputs))

    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        return Empty()  # what was pushed stays, as with the real plugin


def _lasting(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs without the login, which is another one each time."""
    return {name: value for name, value in inputs.items() if name != "registry"}


def context_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        mode = path.stat().st_mode
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        digest.update(f"{path.relative_to(folder).as_posix()} {mode:o} {content}\n".encode())
    return digest.hexdigest()


async def build_and_push(inputs: dict[str, Any]) -> dict[str, Any]:
    """Build and push the image; returns the outputs that the engine records."""
    build, name = inputs["build"], inputs["imageName"]
    command = ["docker", "build", "--tag", name, "--file", build["dockerfile"], "--platform", build["platform"]]
    command += ["--network", build["network"]] if build.get("network") else []
    command += ["--no-cache"] if os.environ.get(ANEW) else []
    kit = "1" if build["builderVersion"] == "BuilderBuildKit" else "0"
    await printed_by([*command, build["context"]], DOCKER_BUILDKIT=kit)
    await printed_by(["docker", "push", name])
    inspected = json.loads(await printed_by(["docker", "image", "inspect", name]))[0]
    repository = name.rpartition(":")[0]
    digest = next(name for name in inspected["RepoDigests"] if name.startswith(f"{repository}@"))
    await asyncio.to_thread(register_in_ecr, name, digest)
    return {**inputs, "baseImageName": name, "repoDigest": digest, "platform": build["platform"]}


def register_in_ecr(name: str, digest: str) -> None:
    """Put an image of the registry on loopback into moto's ECR too, which refuses a tag that is taken, as ECR does
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html)."""
    if "AWS_ENDPOINT_URL" not in os.environ:
        return
    registry, _, path = name.partition("/")
    repository, _, tag = path.rpartition(":")
    store = f"http://{registry}/v2/{repository}"
    manifest = fetched(f"{store}/manifests/{digest.partition('@')[2]}")
    if "config" in manifest:  # AWS reads the platform there; moto has the manifest alone, whose descriptor may say it
        config = fetched(f"{store}/blobs/{manifest['config']['digest']}")
        manifest["config"]["platform"] = {name: config[name] for name in ("architecture", "os")}
    import boto3  # as long to load as all the rest, and most commands push nothing

    ecr = boto3.client("ecr")
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):  # the same image under the same tag
        ecr.put_image(
            repositoryName=repository,
            imageManifest=json.dumps(manifest),
            imageTag=tag,
            imageDigest=digest.partition("@")[2],
        )


def fetched(url: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Accept": MANIFESTS})
    with urllib.request.urlopen(request, timeout=30) as response:
        return dict(json.load(response))


async def printed_by(command: list[str], **variables: str) -> str:
    def run() -> str:
        environment = {**os.environ, **variables}
        finished = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if finished.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{finished.stdout[-2000:]}\n{finished.stderr[-2000:]}")
        return finished.stdout

    return await asyncio.to_thread(run)


if __name__ == "__main__":
    run(Docker())
