"""Makes a Bento's application without what a request does not need.

BentoML's own opens tracing spans, writes an access log line, keeps a timer alive, generates the JSON schema of the
answer and binds the method anew for every request. Here its routes, methods, errors, metrics and middlewares stay what
they are; spans are opened only where the bundle's configuration exports them, and the rest is done once. A plain API
call goes straight to its method, past the router.

Everything here stands on private parts of BentoML (`bento.KNOWN_BENTOML`).
"""

from __future__ import annotations

import copy
import typing as t
from timeit import default_timer

from _bentoml_impl.client import RemoteProxy
from _bentoml_impl.server.app import ServiceAppFactory
from bentoml._internal.container import BentoMLContainer
from bentoml._internal.context import server_context, trace_context
from bentoml._internal.server.http.access import AccessLogMiddleware
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from bentoml._internal.server.http.traffic import TimeoutMiddleware
from bentoml.exceptions import BentoMLException
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from starlette.requests import ClientDisconnect, Request

from modelberth_serving.calls import Calls, Direct, api_routes, direct_apis, is_plain, is_traced
from modelberth_serving.direct import answered

if t.TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import Response


def lean_application(calls: Calls, *, measured: bool = True) -> tuple[t.Any, Starlette, dict[str, Direct]]:
    """The application that takes the requests, the Starlette one behind it, whose lifespan loads the model unless that
    is done, and by path the APIs that a request with a plain body may call past both of them.

    Args:
        calls: what calls the methods of the service, whose configuration BentoML has.
        measured: whether metrics are taken where the service does not leave them out.
    """
    service = calls.service
    factory = _LeanAppFactory(calls)
    asgi: t.Any = factory()
    starlette: Starlette = asgi
    routes = api_routes(service)
    plain = is_plain(service)
    if plain:
        asgi = _DirectRoutes(starlette, factory, routes)
    metrics = factory.measured(asgi, frozenset(routes)) if measured and factory.enable_metrics else None
    return metrics or asgi, starlette, direct_apis(calls, metrics) if plain else {}


class _LeanAppFactory(ServiceAppFactory):  # type: ignore[misc]
    def __init__(self, calls: Calls) -> None:
        service = calls.service
        super().__init__(service, is_main=True)
        self._calls = calls
        for method in service.apis.values():
            _refuse_unreadable(method.input_spec)
            _remember_schema(method.input_spec)
            _remember_schema(method.output_spec)

    @property
    def middlewares(self) -> list[Middleware]:
        # The contract has a timeout of its own, whose timer ends with the request; `measured` takes the metrics.
        left_out: set[t.Any] = {AccessLogMiddleware, TimeoutMiddleware, RunnerTrafficMetricsMiddleware}
        if not is_traced():
            left_out.add(OpenTelemetryMiddleware)
        return [middleware for middleware in super().middlewares if middleware.cls not in left_out]

    async def batch_infer(self, name: str, input_args: tuple[t.Any, ...], input_kwargs: dict[str, t.Any]) -> t.Any:
        if self.service.apis[name].ctx_param is not None or len(input_args) + len(input_kwargs) != 1:
            return await super().batch_infer(name, input_args, input_kwargs)
        return await self._calls.merged(name)(*input_args, **input_kwargs)

    async def _to_thread(self, func: t.Callable[..., t.Any], *args: t.Any, **kwargs: t.Any) -> t.Any:
        return await self._calls.to_thread(func, *args, **kwargs)

    async def api_endpoint(self, name: str, request: Request) -> Response:
        method = self.service.apis[name]
        return t.cast("Response", await answered(super().api_endpoint, method, request.scope, name, request))

    def measured(self, app: t.Any, routes: t.Collection[str]) -> t.Any:
        """`app` with BentoML's metrics around it."""
        endpoints = self.service.config.get("endpoints", {})
        unmeasured = list(BentoMLContainer.api_server_config.logging.access.skip_paths.get())
        unmeasured += [endpoints.get("livez", "/health"), *filter(None, [endpoints.get("readyz")])]
        namespace = BentoMLContainer.api_server_config.metrics.namespace.get()
        return _Metrics(app, routes, namespace=namespace, skip_paths=unmeasured)

    async def create_instance(self, app: Starlette) -> None:
        if self._calls.instance is None:
            await super().create_instance(app)
            self._calls.instance = self._service_instance
        else:
            await self._adopt(self._calls.instance, app)
        for name in self.service.apis:
            # An attribute of the instance wins over the descriptor that binds the method for each access.
            self._service_instance.__dict__[name] = getattr(self._service_instance, name)

    async def _adopt(self, instance: t.Any, app: Starlette) -> None:
        """Take an instance that was made before the application, and give it what BentoML's own way gives one."""
        proxy = RemoteProxy("http://localhost:3000", service=self.service, media_type="application/json", app=app)
        await proxy.__aenter__()
        instance.__self_proxy__, instance.to_async, instance.to_sync = proxy, proxy.to_async, proxy.to_sync
        self._service_instance = instance

    def _add_response_headers(self, resp: Response) -> None:
        if trace_context.request_id is not None or BentoMLContainer.http.response.trace_id.get():
            super()._add_response_headers(resp)
        else:
            resp.headers["Server"] = self._calls.server_header


class _DirectRoutes:
    """Answers calls of the Bento's APIs past the router and its middlewares; all other requests go through them."""

    def __init__(self, app: t.Any, factory: _LeanAppFactory, routes: dict[str, str]) -> None:
        self._app = app
        self._factory = factory
        self._context = factory.service.context
        self._routes = {path: name for path, name in routes.items() if not factory.service.apis[name].is_task}

    async def __call__(self, scope: t.Any, receive: t.Any, send: t.Any) -> None:
        name = self._routes.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if name is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        with self._context.in_request(request):
            response = await self._factory.api_endpoint_wrapper(name, request)
            await response(scope, receive, send)


class _Metrics(RunnerTrafficMetricsMiddleware):  # type: ignore[misc]
    """BentoML's metrics, with the labels of API routes looked up once; other paths are measured as BentoML does."""

    def __init__(self, app: t.Any, routes: t.Collection[str], **options: t.Any) -> None:
        super().__init__(app, **options)
        self._routes = routes
        self._in_progress: dict[str, t.Any] = {}
        self._finished: dict[tuple[str, int], tuple[t.Any, t.Any]] = {}
        self._last_request: t.Any = None

    async def __call__(self, scope: t.Any, receive: t.Any, send: t.Any) -> None:
        endpoint = scope.get("path")
        if scope["type"] != "http" or endpoint not in self._routes:
            await super().__call__(scope, receive, send)
            return
        in_progress = self._in_progress.get(endpoint) or self._first_request(endpoint)
        self._last_request.set_to_current_time()
        started = default_timer()
        status = 0

        async def measured_send(message: t.Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif not message.get("more_body"):
                total, duration = self._finished.get((endpoint, status)) or self._first_answer(endpoint, status)
                total.inc()
                duration.observe(max(default_timer() - started, 0))
            await send(message)

        in_progress.inc()
        try:
            await self.app(scope, receive, measured_send)
        finally:
            in_progress.dec()

    def begin(self, endpoint: str) -> t.Callable[[bool], None]:
        """Note a request that the application does not see; call the result with whether it was answered with 200."""
        in_progress = self._in_progress.get(endpoint) or self._first_request(endpoint)
        self._last_request.set_to_current_time()
        in_progress.inc()
        started = default_timer()

        def finished(answered: bool) -> None:
            in_progress.dec()
            if answered:
                total, duration = self._finished.get((endpoint, 200)) or self._first_answer(endpoint, 200)
                total.inc()
                duration.observe(max(default_timer() - started, 0))

        return finished

    def _first_request(self, endpoint: str) -> t.Any:
        if not self._is_setup:
            self._setup()
        names = self._names()
        self._last_request = self.metrics_last_request_timestamp.labels(**names)
        self._in_progress[endpoint] = self.metrics_request_in_progress.labels(endpoint=endpoint, **names)
        return self._in_progress[endpoint]

    def _first_answer(self, endpoint: str, status: int) -> tuple[t.Any, t.Any]:
        labels = {"endpoint": endpoint, "http_response_code": status, **self._names()}
        metrics = self.metrics_request_total.labels(**labels), self.metrics_request_duration.labels(**labels)
        self._finished[endpoint, status] = metrics
        return metrics

    @staticmethod
    def _names() -> dict[str, str]:
        return {
            "service_name": server_context.bento_name,
            "service_version": server_context.bento_version,
            "runner_name": server_context.service_name,
        }


def _remember_schema(spec: t.Any) -> None:
    """Generate the JSON schema of an input or output once; BentoML does it for every request, which takes 1 ms."""
    media_type, schema, generate = spec.mime_type(), spec.model_json_schema(), spec.model_json_schema

    def model_json_schema(*args: t.Any, **options: t.Any) -> t.Any:
        # A copy, since the API page's schemas are made by taking them apart.
        return generate(*args, **options) if args or options else copy.deepcopy(schema)

    spec.mime_type = lambda: media_type
    spec.model_json_schema = model_json_schema


def _refuse_unreadable(input_spec: t.Any) -> None:
    """Answer a body that cannot be read with 400, like one that does not fit the schema.

    BentoML answers 500 for a file that is no image, a broken multipart body, or a charset that does not exist.
    """
    parse = input_spec.from_http_request

    async def from_http_request(request: t.Any, serde: t.Any) -> t.Any:
        try:
            return await parse(request, serde)
        except (ValidationError, BentoMLException, ClientDisconnect):
            raise
        except Exception as error:
            problem = PydanticCustomError("unreadable_body", "{reason}", {"reason": str(error) or type(error).__name__})
            raise ValidationError.from_exception_data(
                "Input", [InitErrorDetails(type=problem, loc=(), input=None)]
            ) from error

    input_spec.from_http_request = from_http_request
