"""The floor: a bare Starlette application that calls the same model and answers with the same JSON."""

import os

import joblib
import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

model = joblib.load(os.environ["MODEL"])


async def classify(request: Request) -> JSONResponse:
    """Read the digits in the request's images."""
    images = np.asarray((await request.json())["images"], dtype="float64")
    probabilities = model.predict_proba(images.reshape(len(images), 64))
    return JSONResponse([{"digit": int(row.argmax()), "confidence": float(row.max())} for row in probabilities])


async def ready(request: Request) -> JSONResponse:
    """Say that the model is loaded."""
    return JSONResponse({})


app = Starlette(routes=[Route("/classify", classify, methods=["POST"]), Route("/ready", ready)])

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), loop="uvloop", http="httptools", access_log=False)
