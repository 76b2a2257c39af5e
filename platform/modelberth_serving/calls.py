"""Runs the methods of a service's instance: in its threads, in the event loop, or many requests' merged into one call.

Everything here stands on private parts of BentoML (`bento.KNOWN_BENTOML`), but on none of its server's modules.
"""

from __future__ import annotations

import functools
import inspect
import typing as t

import anyio
import anyio.to_thread
from bentoml._internal.container import BentoMLContainer
from bentoml._internal.utils import get_original_func
from bentoml._internal.utils.uri import join_paths

from modelberth_serving.batching import Batcher
from modelberth_serving.direct import Answer, DirectCall, takes_direct_calls
from modelberth_serving.short_calls import ShortCalls

if t.TYPE_CHECKING:
    from _bentoml_sdk import Service


def api_routes(service: Service[t.Any]) -> dict[str, str]:
    """The name of each API of the service by its path."""
    return {join_paths(service.path_prefix, api.route): name for name, api in service.apis.items()}


def is_plain(service: Service[t.Any]) -> bool:
    """Whether nothing but BentoML's context stands between a request and its method."""
    own = bool(service.middlewares or service.mount_apps or service.has_custom_command())
    traffic = BentoMLContainer.config.services.get()[service.name].get("traffic") or {}
    return not (own or is_traced() or BentoMLContainer.http.cors.enabled.get() or traffic.get("max_concurrency"))


def is_traced() -> bool:
    """Whether the bundle's configuration exports tracing spans."""
    return bool(BentoMLContainer.tracing.exporter_type.get())


class Calls:
    """What runs the methods of a service.

    Attributes:
        service: the service.
        instance: its instance, once there is one.
    """

    def __init__(self, service: Service[t.Any]) -> None:
        self.service = service
        self.instance: t.Any = None
        self.server_header = f"BentoML Service/{service.name}"
        self._limiter: anyio.CapacityLimiter | None = None
        self._batchers: dict[str, Batcher] = {}

    def direct(self, name: str) -> DirectCall:
        """What calls the API for a plain request; the service must have its instance."""
        method = self.service.apis[name]
        call = self.merged(name) if method.batchable else self._caller(name)
        return DirectCall(method, call, self.server_header)

    def merged(self, name: str) -> t.Callable[..., t.Awaitable[t.Any]]:
        """What calls a batchable API of one argument, whose rows are merged with those of other requests."""
        if name not in self._batchers:
            method = self.service.apis[name]
            self._batchers[name] = Batcher(self._caller(name), method.batch_dim, method.max_batch_size)
        batcher = self._batchers[name]

        async def call(*args: t.Any, **kwargs: t.Any) -> t.Any:
            (value,) = (*args, *kwargs.values())
            return await batcher(value)

        return call

    async def to_thread(self, function: t.Callable[..., t.Any], *args: t.Any, **kwargs: t.Any) -> t.Any:
        """Run a function in one of the threads of the service, which has one unless it declares more."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self.service.config.get("threads", 1))
        return await anyio.to_thread.run_sync(functools.partial(function, *args, **kwargs), limiter=self._limiter)

    def _caller(self, name: str) -> t.Callable[..., t.Awaitable[t.Any]]:
        """What runs the method of the API, in a thread or in the event loop."""
        function = getattr(self.instance, name).local
        if inspect.iscoroutinefunction(get_original_func(function)):
            return t.cast("t.Callable[..., t.Awaitable[t.Any]]", function)
        alone = self.service.config.get("threads", 1) == 1 and not self.service.dependencies
        return ShortCalls(function, self.to_thread, alone=alone)


class Metrics(t.Protocol):
    """Measures requests that the application does not see."""

    def begin(self, endpoint: str) -> t.Callable[[bool], None]:
        """Note a request; the result is called with whether it was answered with 200."""


class Direct:
    """An API that plain requests call straight, and its metrics.

    Its call is made with the first request: until then the service has no instance.
    """

    def __init__(self, calls: Calls, name: str, path: str, metrics: Metrics | None) -> None:
        self._calls = calls
        self._name = name
        self._path = path
        self._metrics = metrics
        self._call: DirectCall | None = None

    async def __call__(self, body: bytes, scope: t.MutableMapping[str, t.Any]) -> Answer | None:
        """The answer with status 200, or None if the application has to answer."""
        call = self._call
        if call is None:
            call = self._call = self._calls.direct(self._name)
        if self._metrics is None:
            return await call(body, scope)
        finished = self._metrics.begin(self._path)
        answer = None
        try:
            answer = await call(body, scope)
        finally:
            finished(answer is not None)
        return answer


def direct_apis(calls: Calls, metrics: Metrics | None) -> dict[str, Direct]:
    """The APIs that a request with a plain body may call past a plain service's application, by path."""
    apis = calls.service.apis
    routes = api_routes(calls.service)
    return {path: Direct(calls, name, path, metrics) for path, name in routes.items() if takes_direct_calls(apis[name])}
