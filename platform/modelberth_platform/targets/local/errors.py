"""What can go wrong on the local target."""

from modelberth_platform.errors import UserError


class LocalError(UserError):
    """An endpoint that could not be started, switched or stopped on this machine."""
