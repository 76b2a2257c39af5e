"""Reads handwritten digits: 8 by 8 pixels, 0 (paper) to 16 (ink)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Annotated

import bentoml
import joblib
import numpy as np
import PIL
import sklearn
from bentoml.validators import DType, Shape
from PIL import Image
from pydantic import BaseModel, Field

# The model is read by the versions that wrote it.
image = bentoml.images.Image().python_packages(
    f"scikit-learn=={sklearn.__version__}", f"pillow=={PIL.__version__}", f"joblib=={joblib.__version__}"
)

A_THREE = [
    [0, 0, 7, 15, 13, 1, 0, 0],
    [0, 8, 13, 6, 15, 4, 0, 0],
    [0, 2, 1, 13, 13, 0, 0, 0],
    [0, 0, 2, 15, 11, 1, 0, 0],
    [0, 0, 0, 1, 12, 12, 1, 0],
    [0, 0, 0, 0, 1, 10, 8, 0],
    [0, 0, 8, 4, 5, 14, 9, 0],
    [0, 0, 7, 13, 13, 9, 0, 0],
]

Images = Annotated[np.ndarray, DType("float64"), Shape((-1, 8, 8))]


class Reading(BaseModel):
    """What the model reads in one image."""

    digit: int = Field(ge=0, le=9, description="The likeliest digit")
    confidence: float = Field(ge=0, le=1, description="Its probability")


@bentoml.service(image=image)
class Digits:
    """Reads handwritten digits."""

    saved = bentoml.models.BentoModel("digits:latest")

    def __init__(self) -> None:
        self.model = joblib.load(self.saved.path_of("model.joblib"))

    @bentoml.api
    def classify(
        self, images: Images = Field(description="Images, 8 by 8 pixels from 0 to 16", examples=[[A_THREE]])
    ) -> list[Reading]:
        """Read the digit in each image."""
        return self._read(images)

    @bentoml.api
    def read_picture(
        self, picture: Image.Image = Field(description="A PNG or JPEG of one dark digit on light paper")
    ) -> Reading:
        """Read the digit in an uploaded picture of any size."""
        paper = np.asarray(picture.convert("L").resize((8, 8), Image.Resampling.BOX), dtype="float64")
        ink = (255 - paper) / 255 * 16
        return self._read(ink[np.newaxis])[0]

    @bentoml.api
    def read_each(
        self, images: Images = Field(description="Images, 8 by 8 pixels from 0 to 16", examples=[[A_THREE]])
    ) -> Generator[str, None, None]:
        """Read the images one by one, and answer with a JSON line as soon as each is read."""
        for picture in images:
            yield self._read(picture[np.newaxis])[0].model_dump_json() + "\n"

    def _read(self, images: np.ndarray) -> list[Reading]:
        # A method of its own: calling another API of the service would be a request, queued behind this one.
        probabilities = self.model.predict_proba(images.reshape(len(images), 64))
        digits, confidences = probabilities.argmax(axis=1).tolist(), probabilities.max(axis=1).tolist()
        return [Reading(digit=digit, confidence=of) for digit, of in zip(digits, confidences, strict=True)]
