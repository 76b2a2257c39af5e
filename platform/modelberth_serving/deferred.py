"""An application whose model is loaded at once, and whose server modules come with the first request that needs them.

A Lambda function's init is short of time, and BentoML's server (its router, metrics, tracing, clients, process manager)
takes 0.2 to 0.3 s to import, of which calls of a plain API need nothing. So the instance is made without it, and given
to the lean application once that is made: for a body that does not fit, an error, a page, another kind of API, or when
the service calls its own APIs.

Everything here stands on private parts of BentoML (`bento.KNOWN_BENTOML`).
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import os
import threading
import typing as t

from _bentoml_sdk.service import set_current_service
from bentoml._internal.utils.uri import join_paths
from starlette.responses import PlainTextResponse

from modelberth_serving.calls import Calls, direct_apis, is_plain
from modelberth_serving.direct import takes_direct_calls

if t.TYPE_CHECKING:
    from _bentoml_sdk import Service

logger = logging.getLogger("bentoml.serve")


def may_be_deferred(service: Service[t.Any], api: str) -> bool:
    """Whether calls of the API need nothing of BentoML's server, nor does anything that has to be done at start.

    That is not so for services with middlewares, mounted applications, dependencies, tasks or a readiness check of
    their own.
    """
    method = service.apis.get(api)
    if method is None or not takes_direct_calls(method) or not is_plain(service):
        return False
    own = hasattr(service.inner, "__is_ready__") or hasattr(service.inner, "__bentoml_gradio_apps__")
    return not (own or service.dependencies or service.needs_task_db() or "BENTOCLOUD_DEPLOYMENT_URL" in os.environ)


class Deferred:
    """The application of a service that may be deferred.

    Attributes:
        direct: the APIs that a request with a plain JSON body may call past it, by path.
    """

    def __init__(self, calls: Calls) -> None:
        self.direct = direct_apis(calls, metrics=None)
        self._calls = calls
        self._ready_path = join_paths(calls.service.path_prefix, "/readyz")
        self._app: t.Any = None
        self._lifespan: t.Any = None
        self._making = threading.RLock()  # the service may call its own APIs from a thread

    async def __call__(self, scope: t.Any, receive: t.Any, send: t.Any) -> None:
        if self._calls.instance is not None and scope.get("path") == self._ready_path and scope.get("method") == "GET":
            # What BentoML answers for a service that has neither a check of its own nor dependencies.
            await PlainTextResponse("\n")(scope, receive, send)
            return
        await self._made()(scope, receive, send)

    @contextlib.asynccontextmanager
    async def lifespan(self) -> t.AsyncIterator[None]:
        """Load the model and run the service's startup hooks; on leaving, its shutdown hooks."""
        await self._start()
        try:
            yield
        finally:
            self._made()
            await self._lifespan.__aexit__(None, None, None)

    async def _start(self) -> None:
        """Do what BentoML's `ServiceAppFactory.create_instance` does, as far as it needs no application."""
        service = self._calls.service
        instance = service()
        logger.info("Service %s initialized", service.name)
        for hook in _startup_hooks(service.inner):
            logger.info("Running startup hook: %s", hook)
            result = getattr(instance, hook)()
            if inspect.isawaitable(result):
                await result
            logger.info("Completed %sstartup hook: %s", "async " if inspect.isawaitable(result) else "", hook)
        self._stand_in(instance)
        set_current_service(instance)
        self._calls.instance = instance

    def _stand_in(self, instance: t.Any) -> None:
        """Give the instance ways to call its own APIs that make the application when they are first used."""
        for name in self._calls.service.apis:
            own = _Later(functools.partial(self._of_proxy, name))
            own.local = getattr(instance, name).local
            instance.__dict__[name] = own
        instance.__self_proxy__ = _Later(self._proxy)
        instance.to_async = _Later(functools.partial(self._of_proxy, "to_async"))
        instance.to_sync = _Later(functools.partial(self._of_proxy, "to_sync"))

    def _proxy(self) -> t.Any:
        self._made()
        return self._calls.instance.__self_proxy__

    def _of_proxy(self, name: str) -> t.Any:
        return getattr(self._proxy(), name)

    def _made(self) -> t.Any:
        """The application, with its lifespan entered."""
        with self._making:
            if self._app is None:
                from modelberth_serving.lean import lean_application

                for name in self._calls.service.apis:
                    self._calls.instance.__dict__.pop(name, None)
                app, starlette, _ = lean_application(self._calls, measured=False)
                self._lifespan = starlette.router.lifespan_context(starlette)
                _at_once(self._lifespan.__aenter__())
                self._app = app
            return self._app


class _Later:
    """Stands in for something that is made when it is first used."""

    local: t.Any

    def __init__(self, real: t.Callable[[], t.Any]) -> None:
        self._real = real

    def __getattr__(self, name: str) -> t.Any:
        if name.startswith("__"):  # what inspecting or copying it looks for
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __call__(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return self._real()(*args, **kwargs)


def _startup_hooks(inner: type) -> list[str]:
    members = {name: getattr(inner, name) for name in dir(inner) if not name.startswith("__")}
    return [name for name, member in members.items() if getattr(member, "__bentoml_startup_hook__", False)]


def _at_once(coroutine: t.Coroutine[t.Any, t.Any, t.Any]) -> None:
    """Run a coroutine that waits for nothing, wherever this is called from.

    Raises:
        RuntimeError: it did wait.
    """
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("BentoML's application waits for something while it starts")
