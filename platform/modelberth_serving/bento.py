"""A Bento as an ASGI application, without what a request does not need.

BentoML's own application opens tracing spans, writes an access log line and keeps a timer alive for every request,
used or not. The application here keeps its routes, methods, errors, metrics and middlewares and leaves those out.
It stands on private parts of BentoML 1.4; under any other version `Service.to_asgi` serves instead.
"""

from __future__ import annotations

import copy
import logging
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from _bentoml_sdk import Service
    from starlette.applications import Starlette
    from starlette.middleware import Middleware

KNOWN_BENTOML = ((1, 4, 35), (1, 5))
"""From the first version to the first one after, whose private parts are known."""


class BundleLoadError(RuntimeError):
    """The bundle cannot be served; the message says why."""


def load_service(bundle: Path) -> Service[t.Any]:
    """Import the Bento in the folder `bundle` and return its service.

    Raises:
        BundleLoadError: the folder holds no Bento.
    """
    if not (bundle / "bento.yaml").is_file():
        raise BundleLoadError(f"{bundle} holds no bento.yaml: it is not a built Bento")
    from _bentoml_impl.loader import load

    service = load(str(bundle), standalone_load=True)
    _describe(service)
    logging.getLogger("bentoml._internal.server.http_app").addFilter(_one_line_for_refused_requests)
    return service


def application(service: Service[t.Any]) -> Starlette:
    """The ASGI application of the service: lean where BentoML's version is known, BentoML's own elsewhere."""
    if not _known_version():
        return t.cast("Starlette", service.to_asgi())
    service.inject_config()
    return t.cast("Starlette", _lean_factory()(service, is_main=True)())


def service_timeout(service: Service[t.Any]) -> float:
    """The service's own `traffic.timeout` in seconds (BentoML's default is 60)."""
    from bentoml._internal.container import BentoMLContainer

    service.inject_config()
    configured = BentoMLContainer.config.services.get()[service.name].get("traffic") or {}
    return float(configured.get("timeout") or 60)


def _known_version() -> bool:
    from importlib.metadata import version

    from packaging.version import Version

    installed = Version(version("bentoml")).release
    return KNOWN_BENTOML[0] <= installed < KNOWN_BENTOML[1]


def _describe(service: Service[t.Any]) -> None:
    """Give BentoML's server context the names that its metrics and logs carry."""
    from bentoml._internal.context import server_context
    from bentoml._internal.utils.uri import join_paths

    server_context.service_type = "entry_service"
    server_context.service_name = service.name
    server_context.service_routes = [join_paths(service.path_prefix, api.route) for api in service.apis.values()]
    if service.bento is not None:
        server_context.bento_name = service.bento.tag.name
        server_context.bento_version = service.bento.tag.version or "not available"


def _one_line_for_refused_requests(record: logging.LogRecord) -> bool:
    """Log a request that fits no schema in one line, without its traceback, which quotes what the client sent."""
    from pydantic import ValidationError

    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if isinstance(error, ValidationError):
        fields = sorted({".".join(str(part) for part in problem["loc"]) or "body" for problem in error.errors()})
        record.msg = f"refused with 400: {record.msg}: {', '.join(fields)}"
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True


def _lean_factory() -> t.Any:
    from _bentoml_impl.server.app import ServiceAppFactory
    from bentoml._internal.container import BentoMLContainer
    from bentoml._internal.server.http.access import AccessLogMiddleware
    from bentoml._internal.server.http.traffic import TimeoutMiddleware
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

    # Spans are opened only where the bundle's configuration exports them. The contract has a timeout of its own,
    # whose timer ends with the request.
    left_out: set[t.Any] = {AccessLogMiddleware, TimeoutMiddleware}
    if not BentoMLContainer.tracing.exporter_type.get():
        left_out.add(OpenTelemetryMiddleware)

    class LeanAppFactory(ServiceAppFactory):  # type: ignore[misc]
        def __init__(self, service: Service[t.Any], **options: t.Any) -> None:
            super().__init__(service, **options)
            for method in service.apis.values():
                _refuse_unreadable(method.input_spec)
                _remember_schema(method.input_spec)
                _remember_schema(method.output_spec)

        @property
        def middlewares(self) -> list[Middleware]:
            return [middleware for middleware in super().middlewares if middleware.cls not in left_out]

    return LeanAppFactory


def _remember_schema(spec: t.Any) -> None:
    """Generate the JSON schema of an input or output once; BentoML does it for every request, which takes 1 ms."""
    media_type, schema, generate = spec.mime_type(), spec.model_json_schema(), spec.model_json_schema

    def model_json_schema(*args: t.Any, **options: t.Any) -> t.Any:
        # A copy, since the API page's schemas are made by taking them apart.
        return generate(*args, **options) if args or options else copy.deepcopy(schema)

    spec.mime_type = lambda: media_type
    spec.model_json_schema = model_json_schema


def _refuse_unreadable(input_spec: t.Any) -> None:
    """Let a body that cannot be read be answered like one of another schema, with 400.

    BentoML answers 500 for a file that is no image, a broken multipart body, or a charset that does not exist.
    """
    from bentoml.exceptions import BentoMLException
    from pydantic import ValidationError
    from pydantic_core import InitErrorDetails, PydanticCustomError
    from starlette.requests import ClientDisconnect

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
