"""Describes `.pt` files: TorchScript archives, whose code says what `forward` takes."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from modelberth_platform.modelfile.described import Described, Tensor, identifier
from modelberth_platform.modelfile.errors import ModelFileError

_FORWARD = re.compile(
    r"def forward\(self: (?P<model>[\w.]+),?\s*(?P<inputs>.*?)\)\s*->\s*(?P<output>[^:]+):", re.DOTALL
)


def describe_torchscript(path: Path) -> Described:
    """Describe a TorchScript model; nothing in it is run.

    Raises:
        ModelFileError: it is no TorchScript, or its `forward` takes other things than tensors.
    """
    if not zipfile.is_zipfile(path):
        raise ModelFileError(f"{path} is no TorchScript archive; {_HOW}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            code = [archive.read(name).decode() for name in names if "/code/" in name and name.endswith(".py")]
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path} cannot be read: {error}; it is damaged or cut off") from None
    if not code:
        pickled = any(name.endswith("data.pkl") for name in names)
        holds = "saved by torch.save" if pickled else "a zip archive of something else"
        raise ModelFileError(f"{path} is no TorchScript but {holds}; {_HOW}")
    forward = _outermost(code)
    if forward is None:
        raise ModelFileError(f"{path} has no forward method; {_HOW}")
    return Described(
        kind="torchscript",
        what=f"a TorchScript {forward['model'].rpartition('.')[2]}",
        inputs=_inputs(path, forward["inputs"]),
        outputs=(Tensor("output", "", "", (-1,) if forward["output"].strip() == "Tensor" else None),),
        packages={"numpy": "", "torch": ""},
    )


_HOW = "write one with torch.jit.script(model).save('model.pt') or torch.jit.trace(model, example).save('model.pt')"


def _outermost(code: list[str]) -> re.Match[str] | None:
    """The `forward` of the model itself: the one whose class no other one has as a part."""
    forwards = {match["model"]: match for text in code for match in _FORWARD.finditer(text)}
    parts = {name for text in code for name in re.findall(r"^\s+\w+ : ([\w.]+)$", text, re.MULTILINE)}
    outer = [match for name, match in forwards.items() if name not in parts]
    return outer[-1] if outer else None


def _inputs(path: Path, text: str) -> tuple[Tensor, ...]:
    taken: set[str] = set()
    tensors = []
    for argument in filter(None, (part.strip() for part in text.split(","))):
        name, _, kind = argument.partition(":")
        if kind.strip() != "Tensor":
            raise ModelFileError(
                f"{path} cannot be served: the argument {name!r} of its forward is a {kind.strip()}; a Tensor is what "
                "a request can carry. Write a Bento that converts it"
            )
        tensors.append(Tensor(identifier(name.strip(), taken), name.strip(), "float32"))
    if not tensors:
        raise ModelFileError(f"{path} cannot be served: its forward takes nothing")
    return tuple(tensors)
