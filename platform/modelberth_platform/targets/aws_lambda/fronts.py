"""What stands in front of a function: chosen by who may call and by whether answers are streamed.

| access | whole answers | streamed answers |
| --- | --- | --- |
| `iam`, `public` | HTTP API | function URL |
| `jwt` | HTTP API | nothing: refused |
| `private` | private REST API | private REST API |

An HTTP API costs the least and checks signatures and tokens by itself, but has no private endpoint and buffers answers
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html). A function URL streams and checks
signatures (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html); a REST API streams too
(https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html), but checks no tokens
without a function that does.
"""

from __future__ import annotations

from typing import Literal

from modelberth_platform.bundle import BundleFacts
from modelberth_platform.bundle.facts import Api
from modelberth_platform.spec import SelfHostedEndpointSpec

Front = Literal["http-api", "function-url", "rest-api"]

OWN_ROUTES = (("GET", "/ping"), ("GET", "/readyz"), ("GET", "/docs.json"), ("GET", "/schema.json"))
"""What the runtime and BentoML answer beside the APIs: health, and the schema."""
DECLARED_ROUTE = ("POST", "/invocations")
"""Where the declared API is called on every target."""


def front_of(spec: SelfHostedEndpointSpec, facts: BundleFacts | None) -> Front:
    """What stands in front of the function."""
    kind = spec.effective_access.kind
    if kind == "private":
        return "rest-api"
    return "function-url" if streams(spec, facts) and kind != "jwt" else "http-api"


def streams(spec: SelfHostedEndpointSpec, facts: BundleFacts | None) -> bool:
    """Whether the declared API answers in pieces."""
    api = declared_api(spec, facts)
    return api is not None and api.streaming


def declared_api(spec: SelfHostedEndpointSpec, facts: BundleFacts | None) -> Api | None:
    """The API that `url` calls; None where an image is given, or it is not known yet."""
    if facts is None:
        return None
    by_name = {api.name: api for api in facts.apis}
    return by_name.get(spec.api or "") or (facts.apis[0] if len(facts.apis) == 1 else None)


def routes_of(spec: SelfHostedEndpointSpec, facts: BundleFacts | None) -> list[tuple[str, str]]:
    """The method and path of every route that reaches the function; all others are answered with 404 before it.

    Tasks are left out: a function is frozen after its answer, so that nothing goes on in the background. Of a given
    image, whose APIs are not known here, the declared one alone is called.
    """
    own = [("POST", api.route) for api in facts.apis if not api.task] if facts else []
    return list(dict.fromkeys([*own, DECLARED_ROUTE, *OWN_ROUTES]))
