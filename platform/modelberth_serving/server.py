"""The `serve` role: one worker process that answers HTTP for the bundle."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
import typing as t

import uvicorn

from modelberth_serving.bento import Application, application, load_service, service_timeout
from modelberth_serving.contract import Contract
from modelberth_serving.settings import Settings
from modelberth_serving.supervision import Supervisor

IDLE_CONNECTION_SECONDS = 5
"""How long a draining worker lets its clients' idle connections bring one more request."""

KEEP_ALIVE_SECONDS = 65
"""Longer than the usual 60 s of load balancers and connection pools, so that the client closes first."""

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


def application_for(settings: Settings) -> tuple[Contract, Application]:
    """The contract and, behind it, the Bento's application, whose lifespan the caller runs."""
    _log_to_stdout()
    service = load_service(settings.bundle)
    app = application(service)
    prefix = (service.path_prefix or "").rstrip("/")
    routes = {name: prefix + method.route for name, method in service.apis.items()}
    contract = Contract(
        app.asgi,
        direct=app.direct,
        ready_path=f"{prefix}/readyz",
        api=settings.api or (next(iter(routes)) if len(routes) == 1 else None),
        routes=routes,
        timeout_seconds=settings.timeout_seconds or service_timeout(service),
        max_body_bytes=settings.max_body_bytes,
        release=settings.release,
    )
    return contract, app


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


async def check_ready(contract: Contract) -> None:
    """Ask `/ping` in-process: a release that is not ready must fail before it gets the first request."""
    statuses: list[int] = []

    async def receive() -> dict[str, t.Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: t.MutableMapping[str, t.Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope: dict[str, t.Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/ping",
        "raw_path": b"/ping",
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": None,
        "server": None,
    }
    await contract(scope, receive, send)
    if statuses != [200]:
        raise RuntimeError(f"GET /ping answers {statuses[0] if statuses else 'nothing'} after the model was loaded")


def settle_memory() -> None:
    """Take what was loaded out of garbage collection's sight.

    A full collection walks every object of the imported packages, 80 to 250 ms with scikit-learn: it is the tail of
    an untuned server's latency.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


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
        """Not uvicorn's: it raises the signal once more at the end, before the Bento's own shutdown could run."""
        yield

    def install_signal_handlers(self) -> None:
        """What uvicorn before 0.29 calls instead."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._contract.draining = True
        for server in self.servers:
            server.close()
        deadline = asyncio.get_running_loop().time() + IDLE_CONNECTION_SECONDS
        while self.server_state.connections and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def event_loop() -> asyncio.AbstractEventLoop:
    """A new event loop, uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return t.cast("asyncio.AbstractEventLoop", uvloop.new_event_loop())


def close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs on the loop and close it."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _log_to_stdout() -> None:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
