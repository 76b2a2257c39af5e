"""The error of the local target."""

from modelberth_platform.errors import UserError


class LocalError(UserError):
    """An endpoint could not be started, updated or stopped on this machine."""
