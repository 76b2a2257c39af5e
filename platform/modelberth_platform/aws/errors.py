"""The error of a call that AWS refused or could not carry out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from modelberth_platform.errors import UserError


class AwsError(UserError):
    """AWS did not do what was asked of it; the message holds AWS's own words."""


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """Turn what botocore raises into an error for a user; `what` was asked of or for begins its message."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith("botocore."):
            raise AwsError(f"{what}: {error}") from None
        raise
