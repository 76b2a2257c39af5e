"""What every role does before its first prediction: it loads the Bento, sees that it is ready, and settles memory."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import typing as t

from modelberth_serving.bento import Application, application, load_service, service_timeout
from modelberth_serving.contract import Contract
from modelberth_serving.in_process import call, request_scope
from modelberth_serving.settings import Settings


def application_for(settings: Settings, *, hurried: bool = False) -> tuple[Contract, Application]:
    """Make the contract and the Bento's application behind it, whose lifespan the caller runs.

    Args:
        settings: the runtime's settings.
        hurried: leave out what calls of the declared API do not need, until a request needs it.
    """
    _log_to_stdout()
    service = load_service(settings.bundle)
    prefix = (service.path_prefix or "").rstrip("/")
    routes = {name: prefix + method.route for name, method in service.apis.items()}
    api = settings.api or (next(iter(routes)) if len(routes) == 1 else None)
    app = application(service, for_api=api if hurried else None)
    contract = Contract(
        app.asgi,
        direct=app.direct,
        ready_path=f"{prefix}/readyz",
        api=api,
        routes=routes,
        timeout_seconds=settings.timeout_seconds or service_timeout(service),
        max_body_bytes=settings.max_body_bytes,
        release=settings.release,
    )
    return contract, app


async def check_ready(contract: Contract) -> None:
    """Ask `/ping` in-process: a release that is not ready must fail before it gets the first request."""
    answer = await call(contract, request_scope("GET", "/ping"))
    if answer.status != 200:
        raise RuntimeError(f"GET /ping answers {answer.status} after the model was loaded")


def settle_memory(*, collect: bool = True) -> None:
    """Take what was loaded out of garbage collection's sight, and let collection begin.

    Collection rests while the model is loaded (`__main__`), since hardly anything that is imported is garbage. A full
    collection walks every object of the imported packages, 80 to 250 ms with scikit-learn: it is the tail of an
    untuned server's latency.
    """
    if collect:
        gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 50)


def event_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop, uvloop's if that is installed."""
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
