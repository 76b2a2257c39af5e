"""The import of an OpenAPI document into a REST API, and what AWS refuses of its integrations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.apigateway.exceptions import (
    BadRequestException,
    IntegrationMethodNotDefined,
    InvalidArn,
    InvalidIntegrationArn,
)

_ANY = "x-amazon-apigateway-any-method"
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "options", "head", _ANY})
_INVOKES = re.compile(r"arn:aws:apigateway:[a-z0-9-]+:lambda:path/[0-9-]+/functions/.+/(?P<how>[a-z-]+)")


def imported(
    self: Any, function_id: str, api_doc: dict[str, Any], fail_on_warnings: bool = False, mode: str = "merge"
) -> Any:
    """Make the API's resources and methods those of the document
    (https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html).

    In the mode `overwrite`, the API's name, policy and the like become what the document says of them.
    """
    api = self.get_rest_api(function_id)
    if not str(api_doc.get("openapi", "")).startswith("3."):
        raise BadRequestException("Invalid OpenAPI input.")
    integrations = list(_integrations(api_doc))
    for _, _, integration in integrations:
        _refuse(integration)
    if mode == "overwrite":
        _overwrite(api, api_doc)
    for path, method, integration in integrations:
        _add(self, api, path, method, integration)
    api.document = api_doc
    return api


def _integrations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every path with a method and its integration."""
    for path, methods in document.get("paths", {}).items():
        for method, described in methods.items():
            if method in _METHODS:
                yield (
                    path,
                    "ANY" if method == _ANY else method.upper(),
                    described.get("x-amazon-apigateway-integration", {}),
                )


def _overwrite(api: Any, document: dict[str, Any]) -> None:
    root = api.default
    root.resource_methods.clear()
    api.resources = {root.id: root}
    info = document.get("info", {})
    api.name, api.description = info.get("title", api.name), info.get("description", "")
    api.binaryMediaTypes = list(document.get("x-amazon-apigateway-binary-media-types", []))
    policy = document.get("x-amazon-apigateway-policy")
    api.policy = json.dumps(policy) if policy else None
    endpoint = document.get("x-amazon-apigateway-endpoint-configuration", {})
    api.endpoint_configuration = {"types": api.endpoint_configuration["types"], **endpoint}


def _add(backend: Any, api: Any, path: str, method: str, integration: dict[str, Any]) -> None:
    resource = api.default
    for part in filter(None, path.split("/")):
        children = [each for each in api.resources.values() if each.parent_id == resource.id]
        found = next((each for each in children if each.path_part == part), None)
        resource = found or api.add_child(part, resource.id)
    resource.add_method(method, "NONE", api_key_required=False)
    if integration:
        resource.add_integration(
            method,
            integration["type"].upper(),
            integration.get("uri", ""),
            integration_method=integration.get("httpMethod"),
            timeout_in_millis=integration.get("timeoutInMillis"),
            credentials=integration.get("credentials"),
            passthrough_behavior=integration.get("passthroughBehavior"),
        )


def _refuse(integration: dict[str, Any]) -> None:
    """Refuse an integration that API Gateway does not take.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html: a function that streams is
    integrated by another URI (https://github.com/hashicorp/terraform-provider-aws/issues/45649), and may take 15
    minutes; https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html:
    else "50 milliseconds - 29 seconds".
    """
    if not integration or integration["type"].upper() not in ("AWS", "AWS_PROXY"):
        return
    uri = integration.get("uri", "")
    if not integration.get("httpMethod"):
        raise IntegrationMethodNotDefined()
    if not uri.startswith("arn:"):
        raise InvalidArn()
    invokes = _INVOKES.fullmatch(uri)
    if ":lambda:" in uri and invokes is None:
        raise InvalidIntegrationArn()
    if invokes and integration["httpMethod"].upper() != "POST":
        raise BadRequestException(f"Lambda functions are invoked by POST, not by {integration['httpMethod']}")
    streams = integration.get("responseTransferMode", "BUFFERED") == "STREAM"
    if invokes and streams != (invokes["how"] == "response-streaming-invocations"):
        raise BadRequestException(
            f"Invalid ResponseTransferMode {'STREAM' if streams else 'BUFFERED'} for the integration URI {uri}"
        )
    most = 900_000 if streams else 29_000
    timeout = integration.get("timeoutInMillis", 29_000)
    if not 50 <= timeout <= most:
        raise BadRequestException(f"Timeout should be between 50 ms and {most} ms")
