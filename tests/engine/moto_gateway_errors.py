"""The refusals that HTTP and REST APIs share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from moto.core.exceptions import JsonRESTError

_GROUP = re.compile(r"arn:aws:logs:[a-z0-9-]+:\d{12}:log-group:(?P<name>[^:]+)(:\*)?")


def conflict(message: str) -> JsonRESTError:
    refused = JsonRESTError("ConflictException", message)
    refused.code = 409
    return refused


def refuse_log_group(arn: str, groups: Mapping[str, object], bad_request: Callable[[str], Exception]) -> None:
    """Refuse an access log that does not go to an existing log group
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html)."""
    found = _GROUP.fullmatch(arn)
    if found is None:
        raise bad_request(f"Invalid ARN. ARN is not well formed {arn}")
    if found["name"] not in groups:
        raise bad_request(f"The log group {found['name']} of the access log does not exist")
