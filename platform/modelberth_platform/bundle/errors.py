"""What can be wrong with a bundle."""

from modelberth_platform.errors import UserError


class BundleError(UserError):
    """A bundle that cannot be found, read or trusted."""
