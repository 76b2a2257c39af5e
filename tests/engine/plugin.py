"""What the tests' stand-ins for provider plugins share: the engine's protocol, without any resource."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The text that stands for a value which is known only after `up`
(https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go)."""


def plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    return dict(json_format.MessageToDict(properties))


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    result = struct_pb2.Struct()
    result.update(values)
    return result


def resource_type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """A provider plugin without resources, whose subclasses say their version."""

    version = ""

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self.version)

    async def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse()

    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False)

    async def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return Empty()


async def serve(plugin: Plugin) -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


def run(plugin: Plugin) -> None:
    asyncio.run(serve(plugin))
