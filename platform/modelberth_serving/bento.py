"""Loads a Bento and makes an ASGI application of it."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import typing as t
from pathlib import Path

from modelberth_serving.errors import ServingError

if t.TYPE_CHECKING:
    from _bentoml_sdk import Service
    from starlette.applications import Starlette

KNOWN_BENTOML = ((1, 4, 35), (1, 5))
"""The versions whose private parts `lean.py` stands on: the first of them, and the first one after them."""


class BundleLoadError(ServingError):
    """The bundle cannot be served; the message says why."""


@dataclasses.dataclass(frozen=True)
class Application:
    """What answers the requests of a service.

    Attributes:
        asgi: takes the requests.
        lifespan: loads the model on entering, runs the service's own shutdown on leaving.
        direct: the APIs that a request with a plain JSON body may call past `asgi`, by path.
    """

    asgi: t.Any
    lifespan: t.Callable[[], t.AsyncContextManager[t.Any]]
    direct: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


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


def application(service: Service[t.Any], *, for_api: str | None = None) -> Application:
    """The application of the service: lean where BentoML's version is known, BentoML's own elsewhere.

    Args:
        service: the service, whose configuration BentoML is given.
        for_api: the API that nearly all requests will call. If it needs none of BentoML's server modules, they are
            imported with the first request that does, and metrics are not taken.
    """
    service.inject_config()
    if not _known_version():
        starlette = t.cast("Starlette", service.to_asgi())
        return Application(starlette, lambda: _lifespan(starlette), {})
    from modelberth_serving.calls import Calls

    calls = Calls(service)
    if for_api is not None:
        from modelberth_serving.deferred import Deferred, may_be_deferred

        if may_be_deferred(service, for_api):
            deferred = Deferred(calls)
            return Application(deferred, deferred.lifespan, deferred.direct)
    from modelberth_serving.lean import lean_application

    asgi, starlette, direct = lean_application(calls)
    return Application(asgi, lambda: _lifespan(starlette), direct)


def service_timeout(service: Service[t.Any]) -> float:
    """The `traffic.timeout` in seconds of a service whose application was made (BentoML's default is 60)."""
    from bentoml._internal.container import BentoMLContainer

    configured = BentoMLContainer.config.services.get()[service.name].get("traffic") or {}
    return float(configured.get("timeout") or 60)


@contextlib.asynccontextmanager
async def _lifespan(starlette: Starlette) -> t.AsyncIterator[None]:
    async with starlette.router.lifespan_context(starlette):
        yield


def _known_version() -> bool:
    import bentoml
    from packaging.version import Version

    installed = Version(bentoml.__version__).release
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
