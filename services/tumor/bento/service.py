"""Tells benign from malignant breast tumors by ten measures of the cell nuclei in an image."""

from __future__ import annotations

from typing import Literal

import bentoml
import joblib
import sklearn
from pydantic import BaseModel, Field

# The model is read by the versions that wrote it.
image = bentoml.images.Image().python_packages(f"scikit-learn=={sklearn.__version__}", f"joblib=={joblib.__version__}")


class Diagnosis(BaseModel):
    """What the model says of one tumor."""

    diagnosis: Literal["benign", "malignant"]
    malignant_probability: float = Field(ge=0, le=1)


@bentoml.service(image=image)
class Tumor:
    """Tells benign from malignant breast tumors. A demonstration, no medical device."""

    saved = bentoml.models.BentoModel("tumor:latest")

    def __init__(self) -> None:
        self.model = joblib.load(self.saved.path_of("model.joblib"))

    @bentoml.api
    def diagnose(
        self,
        radius: float = Field(gt=0, le=50, description="Mean radius, µm", examples=[17.99]),
        texture: float = Field(gt=0, le=60, description="Standard deviation of grey values", examples=[10.38]),
        perimeter: float = Field(gt=0, le=350, description="µm", examples=[122.8]),
        area: float = Field(gt=0, le=5000, description="µm²", examples=[1001.0]),
        smoothness: float = Field(ge=0, le=1, description="Local variation of radius lengths", examples=[0.1184]),
        compactness: float = Field(ge=0, le=1, description="Perimeter² / area - 1", examples=[0.2776]),
        concavity: float = Field(ge=0, le=1, description="Severity of concave portions", examples=[0.3001]),
        concave_points: float = Field(ge=0, le=1, description="Number of concave portions", examples=[0.1471]),
        symmetry: float = Field(ge=0, le=1, description="Of the nuclei", examples=[0.2419]),
        fractal_dimension: float = Field(ge=0, le=1, description="Coastline approximation - 1", examples=[0.07871]),
    ) -> Diagnosis:
        """Diagnose one tumor by the means of its measures."""
        measures = [
            radius,
            texture,
            perimeter,
            area,
            smoothness,
            compactness,
            concavity,
            concave_points,
            symmetry,
            fractal_dimension,
        ]
        malignant = float(self.model.predict_proba([measures])[0, 1])
        diagnosis = "malignant" if malignant >= 0.5 else "benign"
        return Diagnosis(diagnosis=diagnosis, malignant_probability=malignant)
