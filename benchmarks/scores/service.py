"""A Bento with a batchable API: a small neural network over rows of features."""

from typing import Annotated

import bentoml
import numpy as np
from bentoml.validators import DType, Shape
from network import EXAMPLE, scores
from pydantic import Field

Rows = Annotated[np.ndarray, DType("float32"), Shape((-1, 64))]


@bentoml.service
class Scores:
    """Scores rows."""

    @bentoml.api(batchable=True)
    def score(self, rows: Rows = Field(examples=[EXAMPLE])) -> np.ndarray:  # noqa: B008
        """Score each row."""
        return scores(rows)
