"""Who may call a function, as far as what stands in front of it can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelberth_platform.spec import Problem, SelfHostedEndpointSpec
from modelberth_platform.spec.problems import limit

_GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
AUTHORIZERS = _GATEWAY + "http-api-jwt-authorizer.html"
CHOICE = _GATEWAY + "http-api-vs-rest.html"
PRIVATE = _GATEWAY + "apigateway-private-apis.html"
THROTTLING = _GATEWAY + "http-api-throttling.html"
URLS = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
URL_THROTTLING = "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html"
TAGS = "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"
CORS = _GATEWAY + "http-api-cors.html"
CORS_SECONDS = 86400

_TAG_VALUE = re.compile(r"[\w +\-=.:/@]{1,256}")


_WHO_CALLS = {
    "jwt": "with access jwt, whoever has a token of the issuer calls",
    "public": "with access public, everybody calls",
    "private": "with access private, whoever reaches the private endpoint calls",
}


def access(spec: SelfHostedEndpointSpec, streamed: bool) -> Iterator[Problem]:
    """What of the access cannot be.

    Args:
        spec: the declaration.
        streamed: whether the declared API answers in pieces.
    """
    declared = spec.effective_access
    if declared.jwt is not None and streamed:
        reason = "the declared API streams, and what streams (a function URL, a REST API) checks no tokens by itself"
        yield limit("access.jwt", reason, "take access='iam' or 'private', or an API with whole answers", CHOICE)
    if declared.jwt is not None and not declared.jwt.issuer.startswith("https://"):
        reason = f"{declared.jwt.issuer!r} is no address at which keys are found"
        yield limit("access.jwt.issuer", reason, "give the issuer's URL, https://…", AUTHORIZERS)
    if declared.public is not None and not _TAG_VALUE.fullmatch(declared.public.reason):
        reason = "is tagged, so it has at most 256 letters, digits, spaces and + - = . _ : / @"
        yield limit("access.public.reason", reason, "write it with those", TAGS)
    if declared.kind != "iam" and spec.callers:
        nearest = "leave callers out, or take access='iam'"
        yield limit("callers", f"{_WHO_CALLS[declared.kind]}; callers are identities of AWS", nearest, URLS)
    yield from _private(spec)
    yield from _rate(spec, streamed)
    if spec.cors is not None and spec.cors.max_age_seconds > CORS_SECONDS:
        reason = f"is {spec.cors.max_age_seconds}"
        yield limit("cors.max_age_seconds", reason, f"a day, {CORS_SECONDS}, is the most", CORS)


def _private(spec: SelfHostedEndpointSpec) -> Iterator[Problem]:
    network, private = spec.network, spec.effective_access.kind == "private"
    if private and (network is None or (network.private_endpoint is None and not network.subnets)):
        reason = "a private API is reached through an interface endpoint of a VPC"
        nearest = "give network={'private_endpoint': 'vpce-…'}, or network.subnets and security_groups to make one in"
        yield limit("network", reason, nearest, PRIVATE)
    if not private and network is not None and network.private_endpoint is not None:
        nearest = "take access='private', or leave it out"
        yield limit("network.private_endpoint", "only a private API has one", nearest, PRIVATE)
    if private and spec.cors is not None:
        reason = "a private REST API answers no preflight requests here"
        yield limit("cors", reason, "serve the page from the API's own origin, or take another access", PRIVATE)


def _rate(spec: SelfHostedEndpointSpec, streamed: bool) -> Iterator[Problem]:
    if spec.throttle is not None and streamed and spec.effective_access.kind in ("iam", "public"):
        reason = "the declared API streams from a function URL, which throttles by concurrency alone"
        yield limit("throttle", reason, "give concurrency=: ten requests a second for each", URL_THROTTLING)
