"""A Bento with one API."""

from __future__ import annotations

import bentoml


@bentoml.service
class Single:
    @bentoml.api
    def double(self, number: float) -> float:
        return number * 2
