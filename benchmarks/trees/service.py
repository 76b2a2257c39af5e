"""A Bento whose API only checks and echoes nested pydantic models."""

import bentoml
from models import EXAMPLE, Tree
from pydantic import Field


@bentoml.service
class Trees:
    """Echoes trees."""

    @bentoml.api
    def echo(self, tree: Tree = Field(examples=[EXAMPLE])) -> Tree:  # noqa: B008 - BentoML reads fields from defaults
        """Give the tree back."""
        return tree
