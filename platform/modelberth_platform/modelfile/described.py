"""Describes a model as far as its file tells, without running it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["sklearn", "onnx", "torchscript"]


@dataclass(frozen=True)
class Tensor:
    """One input or output of a model.

    Attributes:
        name: a Python identifier.
        source: its name in the file.
        dtype: NumPy's name of the type, such as `float32`; `map` for a mapping of labels to numbers.
        shape: its sizes, where -1 is any; None if the file does not say.
        columns: the names of its columns if it is a table, which has no shape.
    """

    name: str
    source: str
    dtype: str
    shape: tuple[int, ...] | None = None
    columns: tuple[str, ...] | None = None

    @property
    def many(self) -> bool:
        """Whether it takes or gives any number of rows."""
        return self.columns is not None or (self.shape is not None and bool(self.shape) and self.shape[0] == -1)

    @property
    def declared_shape(self) -> tuple[int, ...] | None:
        """The shape if an array can be reshaped to it, with at most one size that may be any; else None."""
        return self.shape if self.shape and self.shape.count(-1) <= 1 else None

    @property
    def dim(self) -> int | None:
        """The product of the declared sizes, as BentoML's schemas say it."""
        return math.prod(self.declared_shape) if self.declared_shape else None

    @property
    def example(self) -> Any:
        """The plainest value that it takes, of one row."""
        if self.columns is not None:
            return [dict.fromkeys(self.columns, 0.0)]
        plain: Any = "" if self.dtype == "str_" else False if self.dtype == "bool_" else 0
        plain = 0.0 if self.dtype.startswith("float") else plain
        for size in reversed(self.shape or (1,)):
            plain = [plain] * (size if size > 0 else 1)
        return plain


@dataclass(frozen=True)
class Described:
    """What a model file tells of its model.

    Attributes:
        kind: which library runs it.
        what: the model in words, such as `a LogisticRegression`.
        inputs: its inputs, at least one.
        outputs: its outputs; a scikit-learn model has one, named `label` or `value`.
        packages: the packages that the service needs, with the version that wrote the file, or "" if it does not say.
        label_type: Python's name of the type of a classifier's labels.
    """

    kind: Kind
    what: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    packages: dict[str, str] = field(default_factory=dict)
    label_type: str | None = None

    @property
    def batchable(self) -> bool:
        """Whether several requests can be merged into one call: one array of any number of rows, an answer for each.

        Requests of tables cannot: BentoML 1.4 counts the rows of a data frame wrongly, and never answers a merged one.
        """
        array = len(self.inputs) == 1 and self.inputs[0].columns is None
        return array and self.inputs[0].many and all(output.many for output in self.outputs)


def identifier(name: str, taken: set[str]) -> str:
    """A Python identifier for a name in the file, other than those in `taken`, to which it is added."""
    plain = re.sub(r"\W+", "_", name).strip("_") or "input"
    plain = f"input_{plain}" if plain[0].isdigit() else plain
    chosen, number = plain, 2
    while chosen in taken:
        chosen, number = f"{plain}_{number}", number + 1
    taken.add(chosen)
    return chosen
