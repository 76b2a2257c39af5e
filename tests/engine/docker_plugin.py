"""A stand-in for pulumi-docker's provider plugin, which no package registry has: the resource `Image` over `docker`.

What it does follows the plugin: a hash of the build context (names, modes, content) is an input, made in `Check`; the
image is built and pushed when it is created or an input changes, and a preview builds nothing. It refuses any other
resource and any input that it does not know.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

TYPE = "docker:index/image:Image"
INPUTS = {"imageName", "build", "buildOnPreview", "registry", "skipPush", "__defaults"}
BUILD_INPUTS = {"args", "builderVersion", "context", "dockerfile", "network", "platform", "contextDigest", "__defaults"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    return dict(json_format.MessageToDict(properties))


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    result = struct_pb2.Struct()
    result.update(values)
    return result


class Docker(provider_pb2_grpc.ResourceProviderServicer):
    async def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="5.2.0")

    async def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse()

    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False)

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = plain(request.news)
        kind = request.urn.split("::")[2].split("$")[-1]
        unknown = (inputs.keys() - INPUTS) | ((inputs.get("build") or {}).keys() - BUILD_INPUTS)
        failures = [provider_pb2.CheckFailure(property=name, reason="is not known here") for name in sorted(unknown)]
        if kind != TYPE:
            failures.append(provider_pb2.CheckFailure(reason=f"the resource {kind} is not known here"))
        if not failures:
            inputs["build"]["contextDigest"] = context_digest(Path(inputs["build"]["context"]))
        return provider_pb2.CheckResponse(inputs=struct(inputs), failures=failures)

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        before, after = plain(request.old_inputs), plain(request.news)
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = plain(request.properties)
        outputs = {**inputs, "repoDigest": UNKNOWN} if request.preview else await made(inputs)
        return provider_pb2.CreateResponse(id=inputs["imageName"], properties=struct(outputs))

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = plain(request.news)
        outputs = {**inputs, "repoDigest": UNKNOWN} if request.preview else await made(inputs)
        return provider_pb2.UpdateResponse(properties=struct(outputs))

    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        from google.protobuf.empty_pb2 import Empty

        return Empty()  # like the plugin: what was pushed stays

    async def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        from google.protobuf.empty_pb2 import Empty

        return Empty()


def context_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        mode = path.stat().st_mode
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        digest.update(f"{path.relative_to(folder).as_posix()} {mode:o} {content}\n".encode())
    return digest.hexdigest()


async def made(inputs: dict[str, Any]) -> dict[str, Any]:
    """Build and push; what the engine records."""
    build, name = inputs["build"], inputs["imageName"]
    command = ["docker", "build", "--tag", name, "--file", build["dockerfile"], "--platform", build["platform"]]
    command += ["--network", build["network"]] if build.get("network") else []
    kit = "1" if build["builderVersion"] == "BuilderBuildKit" else "0"
    await ran([*command, build["context"]], DOCKER_BUILDKIT=kit)
    await ran(["docker", "push", name])
    inspected = json.loads(await ran(["docker", "image", "inspect", name]))[0]
    repository = name.rpartition(":")[0]
    digest = next(found for found in inspected["RepoDigests"] if found.startswith(f"{repository}@"))
    return {**inputs, "baseImageName": name, "repoDigest": digest, "platform": build["platform"]}


async def ran(command: list[str], **variables: str) -> str:
    def run() -> str:
        environment = {**os.environ, **variables}
        result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if result.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{result.stdout[-2000:]}\n{result.stderr[-2000:]}")
        return result.stdout

    return await asyncio.to_thread(run)


async def serve() -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Docker(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve())
