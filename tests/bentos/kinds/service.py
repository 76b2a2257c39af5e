"""A Bento with every kind of input and output that BentoML documents, for comparing answers."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Annotated, Literal

import bentoml
import numpy as np
import pandas as pd
from bentoml.exceptions import InvalidArgument, NotFound
from bentoml.validators import DataframeSchema, DType, Shape
from PIL import Image
from pydantic import BaseModel, Field, RootModel

Matrix = Annotated[np.ndarray, DType("float32"), Shape((-1, 2))]
Table = Annotated[pd.DataFrame, DataframeSchema(orient="records", columns=["a", "b"])]


class Leaf(BaseModel):
    name: str
    weight: float = Field(ge=0)
    tags: dict[str, int | None] = {}


class Tree(BaseModel):
    leaves: list[Leaf] = Field(max_length=5)
    kind: Literal["oak", "elm"] = "oak"


class Names(RootModel[list[str]]):
    pass


@bentoml.service
class Helper:
    @bentoml.api
    def shout(self, text: str) -> str:
        return text.upper()


@bentoml.service
class Kinds:
    helper = bentoml.depends(Helper)

    @bentoml.api
    def model(self, tree: Tree) -> Tree:
        return tree

    @bentoml.api
    def plain(self, a: int, b: float = 1.5, c: bool = False, d: int | str | None = None) -> dict:
        return {"a": a, "b": b, "c": c, "d": d}

    @bentoml.api
    def text(self, text: str) -> str:
        return text[::-1]

    @bentoml.api
    def nothing(self) -> None:
        return None

    @bentoml.api
    def names(self, names: Names) -> Names:
        return names

    @bentoml.api
    def whole_tree(self, tree: Tree, /) -> Tree:
        return tree

    @bentoml.api
    def array(self, matrix: Matrix) -> np.ndarray:
        return matrix.sum(axis=1)

    @bentoml.api
    def frame(self, table: Table) -> pd.DataFrame:
        return table.assign(c=table["a"] + table["b"])

    @bentoml.api
    async def asynchronous(self, numbers: list[float]) -> float:
        return sum(numbers)

    @bentoml.api(batchable=True)
    def batched(self, texts: list[str]) -> list[int]:
        return [len(text) for text in texts]

    @bentoml.api
    def upload(self, file: Path, note: str = "none") -> dict:
        return {"bytes": len(file.read_bytes()), "note": note}

    @bentoml.api
    def picture(self, picture: Image.Image) -> Image.Image:
        return picture.convert("L").resize((2, 2))

    @bentoml.api
    def download(self, size: int, ctx: bentoml.Context) -> Path:
        path = Path(ctx.temp_dir) / "numbers.bin"
        path.write_bytes(bytes(range(size % 256)))
        return path

    @bentoml.api
    def stream(self, to: int) -> Generator[str, None, None]:
        for number in range(to):
            yield f"{number};"

    @bentoml.api
    async def async_stream(self, to: int) -> AsyncGenerator[str, None]:
        for number in range(to):
            yield f"{number};"

    @bentoml.api
    def stream_that_fails(self, to: int) -> Generator[str, None, None]:
        yield "first;"
        raise RuntimeError("in the middle")

    @bentoml.api
    def fails(self, how: str) -> str:
        errors = {
            "value": ValueError("secret detail"),
            "argument": InvalidArgument("not this one"),
            "missing": NotFound("not here"),
        }
        raise errors.get(how, RuntimeError("secret detail"))

    @bentoml.api
    def response(self, status: int, ctx: bentoml.Context) -> dict:
        ctx.response.status_code = status
        ctx.response.headers["X-Kind"] = "tree"
        return {"header": ctx.request.headers.get("x-sent"), "query": dict(ctx.request.query_params)}

    @bentoml.api
    async def through_a_dependency(self, text: str) -> str:
        return await self.helper.to_async.shout(text)

    @bentoml.api(route="/renamed/route")
    def renamed(self, size: int = 3) -> list[int]:
        return list(range(size))

    @bentoml.api
    def raw(self, size: int) -> bytes:
        return io.BytesIO(b"x" * size).getvalue()
