"""How a worker and the host process that started it speak: by two words on a socket pair.

The worker says `ready` once the model is loaded, then waits for `go` before it accepts a connection, so that the host
switches to a release only when all of its workers are ready. The end of the stream means that the host is gone.
"""

from __future__ import annotations

import asyncio
import socket
import typing as t

from modelberth_serving.errors import ServingError

READY = b"ready\n"
GO = b"go\n"


class SupervisorLost(ServingError):
    """The host process went away before it said `go`."""


class Supervisor(t.Protocol):
    """What a worker needs from the process that started it."""

    async def ready(self) -> None:
        """Report that the worker is ready, and return when it may accept connections."""

    def on_loss(self, leave: t.Callable[[], t.Any]) -> None:
        """Call `leave` when the process that started the worker is gone."""


class HostSupervisor:
    """The local host at the other end of an inherited socket."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._watch: asyncio.Task[None] | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ready(self) -> None:
        # Both ends are kept: asyncio closes a connection that nobody refers to.
        self._reader, self._writer = await asyncio.open_connection(sock=self._channel)
        self._writer.write(READY)
        await self._writer.drain()
        if await self._reader.readline() != GO:
            raise SupervisorLost("the host process went away while the model was loading")

    def on_loss(self, leave: t.Callable[[], t.Any]) -> None:
        async def watch() -> None:
            assert self._reader is not None
            await self._reader.read()
            leave()

        self._watch = asyncio.get_running_loop().create_task(watch())


class NoSupervisor:
    """For a container, whose worker nobody supervises: the orchestrator sees its port and sends signals."""

    async def ready(self) -> None:
        return

    def on_loss(self, leave: t.Callable[[], t.Any]) -> None:
        return
