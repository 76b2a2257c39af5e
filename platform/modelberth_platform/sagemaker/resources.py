"""Where states of version 0.1.0 look for the providers of an endpoint on SageMaker. An update in place writes the new
path."""

from modelberth_platform.aws.resources import TagProvider
from modelberth_platform.targets.sagemaker.resources import EndpointProvider, ReleasesProvider

__all__ = ["EndpointProvider", "ReleasesProvider", "TagProvider"]
