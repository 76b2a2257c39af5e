"""Serves a peer of the benchmark service that $SERVICE names: bare Starlette, or FastAPI with `FRAMEWORK=fastapi`.

Bare Starlette is the floor: it calls the same method of the same model on the same parsed input, in the event loop, and
answers with the same JSON. FastAPI is what a team would write by hand: typed, its plain functions in threads.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import joblib
import numpy as np
import uvicorn
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SERVICE = os.environ["SERVICE"]
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "trees"), str(HERE / "scores")]
from models import Tree  # noqa: E402 - one of the folders above

MEASURES = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points", "symmetry", "fractal_dimension")  # fmt: skip  # noqa: E501

model: Any = joblib.load(os.environ["MODEL"]) if SERVICE in ("digits", "tumor") else None


class Wood(BaseModel):
    """The body of an echo."""

    tree: Tree


def read_digits(images: Any) -> list[dict[str, Any]]:
    """The answers of services/digits."""
    pixels = np.asarray(images, dtype="float64").reshape(len(images), 64)
    probabilities = model.predict_proba(pixels)
    pairs = zip(probabilities.argmax(axis=1).tolist(), probabilities.max(axis=1).tolist(), strict=True)
    return [{"digit": digit, "confidence": confidence} for digit, confidence in pairs]


def diagnose(measures: list[float]) -> dict[str, Any]:
    """The answer of services/tumor."""
    malignant = float(model.predict_proba([measures])[0, 1])
    return {"diagnosis": "malignant" if malignant >= 0.5 else "benign", "malignant_probability": malignant}


def score(rows: Any) -> list[Any]:
    """The answers of the scoring Bento."""
    from network import scores

    answer: list[Any] = scores(np.asarray(rows, dtype="float32")).tolist()
    return answer


async def digits_bare(request: Request) -> Response:
    """Answer without checking types."""
    return JSONResponse(read_digits((await request.json())["images"]))


async def tumor_bare(request: Request) -> Response:
    """Answer without checking types."""
    body = await request.json()
    return JSONResponse(diagnose([body[name] for name in MEASURES]))


async def trees_bare(request: Request) -> Response:
    """Echo a tree, which pydantic checks, since the check is the work."""
    tree = Wood.model_validate_json(await request.body()).tree
    return Response(tree.model_dump_json(), media_type="application/json")


async def scores_bare(request: Request) -> Response:
    """Answer without checking types."""
    return JSONResponse(score((await request.json())["rows"]))


async def ready(request: Request) -> Response:
    """Say that the model is loaded."""
    return JSONResponse({})


BARE = {
    "digits": ("/classify", digits_bare),
    "tumor": ("/diagnose", tumor_bare),
    "trees": ("/echo", trees_bare),
    "scores": ("/score", scores_bare),
}


def fastapi_app() -> Any:
    """The same as a FastAPI application."""
    from fastapi import FastAPI

    class Reading(BaseModel):
        digit: int
        confidence: float

    class Images(BaseModel):
        images: list[list[list[float]]]

    class Tumor(BaseModel):
        radius: float = Field(gt=0, le=50)
        texture: float = Field(gt=0, le=60)
        perimeter: float = Field(gt=0, le=350)
        area: float = Field(gt=0, le=5000)
        smoothness: float
        compactness: float
        concavity: float
        concave_points: float
        symmetry: float
        fractal_dimension: float

    class Diagnosis(BaseModel):
        diagnosis: str
        malignant_probability: Annotated[float, Field(ge=0, le=1)]

    class Rows(BaseModel):
        rows: list[list[float]]

    app = FastAPI()

    @app.get("/ready")
    def loaded() -> bool:
        return True

    @app.post("/classify")
    def classify(body: Images) -> list[Reading]:
        return [Reading(**reading) for reading in read_digits(body.images)]

    @app.post("/diagnose")
    def diagnosed(body: Tumor) -> Diagnosis:
        return Diagnosis(**diagnose([getattr(body, name) for name in MEASURES]))

    @app.post("/echo")
    def echo(body: Wood) -> Tree:
        return body.tree

    @app.post("/score")
    def scored(body: Rows) -> list[list[float]]:
        return score(body.rows)

    return app


if __name__ == "__main__":
    if os.environ.get("FRAMEWORK") == "fastapi":
        app = fastapi_app()
    else:
        path, endpoint = BARE[SERVICE]
        app = Starlette(routes=[Route(path, endpoint, methods=["POST"]), Route("/ready", ready)])
    uvicorn.run(app, port=int(os.environ["PORT"]), loop="uvloop", http="httptools", access_log=False)
