"""What can go wrong with an endpoint on SageMaker."""

from modelberth_platform.errors import UserError


class SageMakerError(UserError):
    """SageMaker did not do what was asked of it, in its own words."""
