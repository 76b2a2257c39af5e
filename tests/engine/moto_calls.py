"""Notes every call that reaches AWS on moto, whoever makes it."""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

from engine.fate import FATE, ApiCall


def patch() -> None:
    set_up = BaseResponse.setup_class

    def noted(self: Any, request: Any, *more: Any, **named: Any) -> None:
        set_up(self, request, *more, **named)
        operation = _operation(self)
        if operation:
            FATE.calls.append(ApiCall(self.boto3_service_name, operation, request.method, request.path))

    BaseResponse.setup_class = noted


def _operation(response: Any) -> str | None:
    """The operation's name, if the request is one of an API of AWS's; those of moto itself are none."""
    try:
        return str(response._get_action())
    except Exception:
        return None
