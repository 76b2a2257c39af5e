"""Who reaches an endpoint: two forms are texts, two say more."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from modelberth_platform.spec import SelfHostedEndpointSpec
from modelberth_platform.spec.problems import problems_of

TOKENS: dict[str, Any] = {"jwt": {"issuer": "https://login.example.com", "audience": ["fraud"]}}
EVERYBODY: dict[str, Any] = {"public": {"reason": "a demo"}}


def spec(access: Any, runtime: str = "lambda") -> SelfHostedEndpointSpec:
    return SelfHostedEndpointSpec.model_validate({"runtime": runtime, **({} if access is None else {"access": access})})


@pytest.mark.parametrize(
    ("access", "kind", "recorded"),
    [
        ("iam", "iam", "iam"),
        ("private", "private", "private"),
        (TOKENS, "jwt", {"jwt": {**TOKENS["jwt"], "scopes": []}}),
        (EVERYBODY, "public", EVERYBODY),
    ],
)
def test_its_forms(access: Any, kind: str, recorded: Any) -> None:
    found = spec(access).effective_access
    assert (found.kind, found.recorded()) == (kind, recorded)


def test_functions_are_called_by_identities_and_containers_by_their_network() -> None:
    assert spec(None, "lambda").effective_access.kind == "iam"
    assert spec(None, "ecs").effective_access.kind == "private"


@pytest.mark.parametrize(
    ("access", "field", "text"),
    [
        ("public", "access", "'public' needs a reason, which is recorded: write {'public': {'reason': '…'}}"),
        ("everyone", "access", "'everyone' says not who may call; allowed are 'iam', 'private', {'jwt'"),
        ({**TOKENS, **EVERYBODY}, "access", "says not who may call"),
        ({"iam": True}, "access", "says not who may call"),
        ({}, "access", "says not who may call"),
        ({"public": None}, "access", "names nobody who may call"),
        ({"public": {}}, "access.public.reason", "is required"),
        ({"public": {"reason": ""}}, "access.public.reason", "at least 1"),
        ({"jwt": {"issuer": "https://x"}}, "access.jwt.audience", "is required"),
        ({"jwt": {"issuer": "https://x", "audience": []}}, "access.jwt.audience", "at least 1"),
        ({"jwt": {**TOKENS["jwt"], "scope": "x"}}, "access.jwt.scope", "did you mean scopes?"),
    ],
)
def test_what_names_nobody(access: Any, field: str, text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        spec(access)
    (problem,) = problems_of(caught.value, SelfHostedEndpointSpec)
    assert problem.field == field
    assert text in problem.text
