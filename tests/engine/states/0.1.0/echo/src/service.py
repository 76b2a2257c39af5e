"""A Bento for the tests: several kinds of API, and a release that tests change by changing this file."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from pathlib import Path

import bentoml
from pydantic import BaseModel, Field

RELEASE = "one"


class Point(BaseModel):
    x: float
    y: int = Field(ge=0)


class Shape(BaseModel):
    name: str
    points: list[Point] = Field(min_length=1)


@bentoml.service
class Echo:
    def __init__(self) -> None:
        self.release_name = RELEASE

    @bentoml.on_shutdown
    def say_goodbye(self) -> None:
        print("echo: goodbye", flush=True)

    @bentoml.api
    def echo(self, shape: Shape, times: int = Field(default=1, ge=1, le=10)) -> list[Shape]:
        return [shape] * times

    @bentoml.api
    def release(self) -> str:
        return self.release_name

    @bentoml.api
    def process(self) -> int:
        return os.getpid()

    @bentoml.api
    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    @bentoml.api
    def sleep(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    @bentoml.api
    def upload(self, file: Path) -> int:
        return file.stat().st_size

    @bentoml.api
    def count(self, to: int) -> Generator[str, None, None]:
        for number in range(to):
            yield f"{number}\n"
