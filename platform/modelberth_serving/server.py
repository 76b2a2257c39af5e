"""The `serve` role: one worker process that answers HTTP for the bundle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import typing as t

import uvicorn

from modelberth_serving.bento import Application
from modelberth_serving.contract import Contract
from modelberth_serving.loading import application_for, check_ready, close_loop, event_loop, settle_memory
from modelberth_serving.settings import Settings
from modelberth_serving.supervision import Supervisor

IDLE_CONNECTION_SECONDS = 5
"""How long a draining worker lets its clients' idle connections bring one more request."""

KEEP_ALIVE_SECONDS = 65
"""How long an idle connection is kept: longer than the usual 60 s of load balancers and connection pools, so that they
close it first."""

logger = logging.getLogger("modelberth")


def serve(settings: Settings, listener: socket.socket, supervisor: Supervisor) -> None:
    """Load the bundle, report to the supervisor, and answer until SIGTERM; then drain.

    Raises:
        BundleLoadError: the bundle cannot be served.
    """
    contract, app = application_for(settings)
    loop = event_loop()
    try:
        loop.run_until_complete(_serve(contract, app, listener, supervisor))
    finally:
        close_loop(loop)


async def _serve(contract: Contract, app: Application, listener: socket.socket, supervisor: Supervisor) -> None:
    async with app.lifespan():
        await check_ready(contract)
        settle_memory()
        await supervisor.ready()
        server = _DrainingServer(contract, _uvicorn_config(contract))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.leave)
        # Should the supervisor vanish, nobody could stop or replace this worker: it drains and leaves.
        supervisor.on_loss(server.leave)
        await server.serve(sockets=[listener])


def _uvicorn_config(contract: Contract) -> uvicorn.Config:
    return uvicorn.Config(
        contract,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(contract.timeout_seconds) + 1,
    )


class _DrainingServer(uvicorn.Server):
    """Stops accepting at once and closes idle connections last."""

    def __init__(self, contract: Contract, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._contract = contract

    def leave(self) -> None:
        """Begin to drain."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> t.Iterator[None]:
        """Replace uvicorn's: it raises the signal once more at the end, before the Bento's own shutdown could run."""
        yield

    def install_signal_handlers(self) -> None:
        """Do nothing: the handlers are set already. uvicorn before 0.29 calls this instead."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._contract.draining = True
        for server in self.servers:
            server.close()
        deadline = asyncio.get_running_loop().time() + IDLE_CONNECTION_SECONDS
        while self.server_state.connections and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)
