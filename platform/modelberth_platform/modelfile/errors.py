"""What can be wrong with a model file."""

from modelberth_platform.bundle.errors import BundleError


class ModelFileError(BundleError):
    """A model file cannot be served; the message says why and what to do."""
