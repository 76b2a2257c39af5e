"""Nested pydantic models, for an API that only checks and echoes them."""

from typing import Literal

from pydantic import BaseModel, Field


class Leaf(BaseModel):
    """One leaf."""

    name: str = Field(max_length=40)
    weight: float = Field(ge=0)
    tags: dict[str, int] = {}


class Branch(BaseModel):
    """Leaves at one place."""

    height: float = Field(gt=0)
    leaves: list[Leaf] = Field(max_length=20)


class Tree(BaseModel):
    """Branches and what they belong to."""

    kind: Literal["oak", "elm"]
    branches: list[Branch] = Field(max_length=20)


LEAVES = [{"name": f"leaf {number}", "weight": number / 7, "tags": {"age": number, "row": 2}} for number in range(4)]
EXAMPLE = {"kind": "oak", "branches": [{"height": 1.5 + number, "leaves": LEAVES} for number in range(4)]}
