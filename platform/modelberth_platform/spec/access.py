"""Who reaches an endpoint, and how fast. `modelberth.parts`, which users read, says what each field means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from modelberth_platform.spec.parts import Part

AccessKind = Literal["iam", "private", "jwt", "public"]
_NAMED = ("iam", "private")
_FORMS = "'iam', 'private', {'jwt': {'issuer': …, 'audience': […]}} and {'public': {'reason': …}}"


class Jwt(Part):
    """Callers with a token of an OpenID Connect issuer."""

    issuer: str = Field(min_length=1)
    audience: list[str] = Field(min_length=1)
    scopes: list[str] = []


class Public(Part):
    """Everybody, for a reason."""

    reason: str = Field(min_length=1)


class Access(Part):
    """Who reaches an endpoint: exactly one of its fields is set. The first two are written as a text."""

    iam: bool = False
    private: bool = False
    jwt: Jwt | None = None
    public: Public | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_its_form(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and value in _NAMED:
            return {value: True}
        if value == "public":
            raise ValueError("'public' needs a reason, which is recorded: write {'public': {'reason': '…'}}")
        if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ("jwt", "public"):
            return value
        raise ValueError(f"{value!r} says not who may call; allowed are {_FORMS}")

    @model_validator(mode="after")
    def _with_something_in_it(self) -> Self:
        if not any((self.iam, self.private, self.jwt, self.public)):
            raise ValueError(f"names nobody who may call; allowed are {_FORMS}")
        return self

    @property
    def kind(self) -> AccessKind:
        """Which of the forms it is."""
        if self.jwt is not None:
            return "jwt"
        if self.public is not None:
            return "public"
        return "private" if self.private else "iam"

    def recorded(self) -> Any:
        """What the component records of it."""
        if self.jwt is not None:
            return {"jwt": self.jwt.model_dump()}
        return {"public": self.public.model_dump()} if self.public is not None else self.kind


class Throttle(Part):
    """How many requests are let through."""

    requests_per_second: float = Field(gt=0)
    burst: int = Field(gt=0)


class Cors(Part):
    """Which pages of browsers may call."""

    origins: list[str] = Field(min_length=1)
    headers: list[str] = ["authorization", "content-type"]
    max_age_seconds: int = Field(default=600, ge=0)
