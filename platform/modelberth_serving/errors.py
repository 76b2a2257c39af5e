"""What the runtime raises for a user to mend; the other modules add kinds of their own."""

from __future__ import annotations


class ServingError(Exception):
    """What the runtime cannot do, and why; it is told in one line, without a traceback."""


class SettingsError(ServingError):
    """A variable of the environment cannot be used."""
