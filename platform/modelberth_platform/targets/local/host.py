"""The host of an endpoint: a small process that owns the listening socket for as long as the endpoint lives.

    python -m modelberth_platform.targets.local.host FOLDER

It hands the socket to its workers, so that the URL stays the same and no connection is refused while a release is
replaced. It listens for orders on the folder's control socket; told to stop, it drains its workers and then ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import logging.handlers
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from modelberth_platform.targets.local.control import MAX_LINE, HostStatus, Order
from modelberth_platform.targets.local.folder import Folder
from modelberth_platform.targets.local.generation import Generation, GenerationFailed

ADDRESS = "127.0.0.1"
BACKLOG = 2048
"""How many connections may wait to be accepted."""

FIRST_ORDER_SECONDS = 60
"""A host that has got no order after this time ends, since the command that started it was killed."""

LOG_BYTES = 10 * 1024 * 1024
LOG_FILES = 3
"""How many older log files are kept beside the current one, each of at most `LOG_BYTES`."""


class Refused(Exception):
    """An order cannot be carried out; the message goes to the command that gave it."""


class Host:
    """Runs the endpoint of one state folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._log = _rotating_log(folder)
        self._started = time.time()
        self._current: Generation | None = None
        self._listener: socket.socket | None = None
        self._starting: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._draining: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Listen for orders until told to stop."""
        self._folder.control.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._answer, path=self._folder.control, limit=MAX_LINE)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop_by_signal)
        loop.call_later(FIRST_ORDER_SECONDS, self._end_if_unused)
        await self._over.wait()
        server.close()
        self._folder.control.unlink(missing_ok=True)

    async def deploy(self, order: Order) -> str:
        """Start the release, switch to it and let the old one drain; returns the nonce of the release that runs then.

        Raises:
            Refused: the port is taken, or the release does not start.
        """
        async with self._changing:
            if self._current is not None and self._current.order["fingerprint"] == order["fingerprint"]:
                return self._current.order["nonce"]
            listener = self._listener_for(order["port"])
            generation = Generation(order, self._folder, listener, self._log.info)
            self._log.info("starting release %s with %d workers", order["nonce"], order["workers"])
            self._starting = asyncio.create_task(generation.start())
            try:
                await self._starting
            except (GenerationFailed, asyncio.CancelledError) as error:
                self._log.info("release %s failed: %s", order["nonce"], error)
                if listener is not self._listener:
                    listener.close()
                raise Refused(str(error) or "it was told to stop while it was starting") from None
            self._switch_to(generation, listener)
            return order["nonce"]

    async def stop(self) -> None:
        """Drain all workers, then end; a release that is still loading is given up."""
        if self._starting is not None:
            self._starting.cancel()
        async with self._changing:
            self._close_listener()
            if self._current is not None:
                self._drain(self._current)
                self._current = None
        await asyncio.gather(*self._draining)
        self._over.set()

    def status(self) -> HostStatus:
        """What the host runs now."""
        order = self._current.order if self._current else None
        return HostStatus(
            pid=os.getpid(),
            port=self._listener.getsockname()[1] if self._listener else None,
            nonce=order["nonce"] if order else None,
            fingerprint=order["fingerprint"] if order else None,
            since=self._started,
            workers=self._current.statuses if self._current else [],
        )

    def _switch_to(self, generation: Generation, listener: socket.socket) -> None:
        generation.go()
        if self._current is not None:
            self._drain(self._current)
        if listener is not self._listener:
            self._close_listener()
        self._current, self._listener = generation, listener
        self._log.info("release %s serves on port %d", generation.order["nonce"], generation.order["port"])

    def _drain(self, generation: Generation) -> None:
        task = asyncio.create_task(generation.drain())
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    def _listener_for(self, port: int) -> socket.socket:
        if self._listener is not None and self._listener.getsockname()[1] == port:
            return self._listener
        try:
            listener = socket.create_server((ADDRESS, port), backlog=BACKLOG)
        except OSError as error:
            raise Refused(f"port {port} on {ADDRESS} cannot be used: {error.strerror}{_holder(port)}") from None
        listener.setblocking(False)
        return listener

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _stop_by_signal(self) -> None:
        self._stopping = self._stopping or asyncio.create_task(self.stop())

    def _end_if_unused(self) -> None:
        if self._current is None and not self._changing.locked():
            self._over.set()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._obey(json.loads(await reader.readline()))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError) as error:
            self._log.info("an order could not be answered: %s", error)
        finally:
            writer.close()

    async def _obey(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"do": "deploy", "order": order}:
                try:
                    return {"nonce": await self.deploy(order)}
                except Refused as error:
                    return {"error": str(error)}
            case {"do": "status"}:
                return {"status": self.status()}
            case {"do": "stop"}:
                await self.stop()
                return {}
        return {"error": f"unknown order {request.get('do')!r}"}


def _holder(port: int) -> str:
    """The words that name the process that holds the port; empty where this user may not see it."""
    try:
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and address and address.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return ""


def _rotating_log(folder: Folder) -> logging.Logger:
    handler = logging.handlers.RotatingFileHandler(folder.endpoint_log, maxBytes=LOG_BYTES, backupCount=LOG_FILES)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logger = logging.getLogger("modelberth.host")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return logger


def main() -> int:
    folder = Folder(Path(sys.argv[1]))
    with folder.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"a host already runs in {folder.path}", file=sys.stderr)
            return 1
        asyncio.run(_run(folder))
    return 0


async def _run(folder: Folder) -> None:
    await Host(folder).run()


if __name__ == "__main__":
    sys.exit(main())
