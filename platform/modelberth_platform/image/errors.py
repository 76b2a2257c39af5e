"""What can go wrong with an image."""

from modelberth_platform.errors import UserError


class ImageError(UserError):
    """An image cannot be described, built, pushed or run; the message says why and what to do."""
