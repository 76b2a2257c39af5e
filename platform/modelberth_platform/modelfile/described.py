"""What is known of a model from its file, without running it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["sklearn", "onnx", "torchscript"]


@dataclass(frozen=True)
class Tensor:
    """One input or output.

    Attributes:
        name: a Python identifier.
        source: its name in the file.
        dtype: NumPy's name of the type, such as `float32`; `map` for a mapping of labels to numbers.
        shape: sizes, -1 for any; None where the file does not say.
        columns: the names of the columns of a table, instead of a shape.
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
        """The shape as far as an array can be reshaped to it: one size may be open."""
        return self.shape if self.shape and self.shape.count(-1) <= 1 else None

    @property
    def dim(self) -> int | None:
        """The product of the declared sizes, as BentoML's schemas say it."""
        return math.prod(self.declared_shape) if self.declared_shape else None

    @property
    def example(self) -> Any:
        """The plainest value: one row."""
        if self.columns is not None:
            return [dict.fromkeys(self.columns, 0.0)]
        plain: Any = "" if self.dtype == "str_" else False if self.dtype == "bool_" else 0
        plain = 0.0 if self.dtype.startswith("float") else plain
        for size in reversed(self.shape or (1,)):
            plain = [plain] * (size if size > 0 else 1)
        return plain


@dataclass(frozen=True)
class Described:
    """A model file.

    Attributes:
        kind: which library runs it.
        what: the model in words, such as `a LogisticRegression`.
        inputs: at least one.
        outputs: by name; of a scikit-learn model one, `label` or `value`.
        packages: what the service needs, with the version that wrote the file where it says so.
        label_type: of a classifier, Python's name of its labels' type.
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

        Not a table: BentoML 1.4 counts the rows of a data frame wrongly, and a merged request is never answered.
        """
        array = len(self.inputs) == 1 and self.inputs[0].columns is None
        return array and self.inputs[0].many and all(output.many for output in self.outputs)


def identifier(name: str, taken: set[str]) -> str:
    """A Python identifier for a name of the file, unlike those taken."""
    plain = re.sub(r"\W+", "_", name).strip("_") or "input"
    plain = f"input_{plain}" if plain[0].isdigit() else plain
    chosen, number = plain, 2
    while chosen in taken:
        chosen, number = f"{plain}_{number}", number + 1
    taken.add(chosen)
    return chosen
