"""Reads a pickle without running anything in it: what it imports, and the attributes of the objects it would make.

Every class and function that it names is replaced by a stub, so that nothing of the file's choosing is imported or
called. joblib writes arrays between the instructions; they are passed over where they are only numbers.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from modelberth_platform.modelfile.errors import ModelFileError

_COMPRESSED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open), (b"]\x00", lzma.open))

_ARRAY = ("joblib.numpy_pickle", "NumpyArrayWrapper")

_LARGEST_ARRAY_READ = 1 << 20


class Stub:
    """Stands for an object of a class of the file, with the state that it would get."""

    module = ""
    name = ""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.arguments = arguments
        self.state: Any = None
        self.items: list[Any] = []

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def append(self, item: Any) -> None:
        self.items.append(item)

    def extend(self, items: Any) -> None:
        self.items.extend(items)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items.append((key, value))

    def attribute(self, name: str) -> Any:
        """An attribute of the object, or None."""
        return self.state.get(name) if isinstance(self.state, dict) else None


class Inspected:
    """What a pickle holds.

    Attributes:
        root: the object that loading it would give, made of stubs.
        imports: every class and function that it names, as (module, name).
    """

    def __init__(self, root: Any, imports: set[tuple[str, str]]) -> None:
        self.root = root
        self.imports = imports


def inspected(path: Path) -> Inspected:
    """Read a pickle or a joblib file, compressed or not.

    Raises:
        ModelFileError: it is something else, is cut off, or is of a kind that cannot be read this way.
    """
    try:
        with _opened(path) as file:
            reader = _Reader(file)
            return Inspected(reader.load(), reader.imports)
    except ModelFileError:
        raise
    except RecursionError:
        raise ModelFileError(f"{path} nests too deeply to be read safely") from None
    except Exception as error:
        raise ModelFileError(
            f"{path} cannot be read as a pickle or joblib file ({type(error).__name__}: {error}); it is damaged, cut "
            "off or of another kind"
        ) from None


def _opened(path: Path) -> Any:
    with path.open("rb") as file:
        start = file.read(8)
    for magic, opener in _COMPRESSED:
        if start.startswith(magic):
            return opener(path, "rb")
    if start[:1] == b"x" and start[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
        return io.BytesIO(zlib.decompress(path.read_bytes()))
    return path.open("rb")


class _Reader(pickle._Unpickler):
    """Python's own unpickler, in Python, with stubs in place of all that it would import."""

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)
    stack: list[Any]
    append: Any

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.file = file
        self.imports: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> Any:
        self.imports.add((module, name))
        return type("Stub", (Stub,), {"module": module, "name": name})

    def persistent_load(self, pid: Any) -> Any:
        return Stub(pid)

    def get_extension(self, code: int) -> None:
        raise pickle.UnpicklingError("it uses the pickle extension registry, which no model has a reason to")

    def load_build(self) -> None:
        state = self.stack.pop()
        instance = self.stack[-1]
        if isinstance(instance, Stub):
            instance.__setstate__(state[0] if isinstance(state, tuple) and len(state) == 2 and state[0] else state)
            if (instance.module, instance.name) == _ARRAY:
                self.stack[-1] = self._array(instance)

    def load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        is_stub = isinstance(function, type) and issubclass(function, Stub)
        name = (function.module, function.name) if is_stub else ("", "")
        if name == ("_codecs", "encode"):  # how protocol 2 writes bytes
            self.stack[-1] = str(arguments[0]).encode("latin-1")
        elif name == ("builtins", "bytearray") and arguments and isinstance(arguments[0], bytes):
            self.stack[-1] = bytearray(arguments[0])
        else:
            self.stack[-1] = function(*arguments) if is_stub else Stub(function, arguments)

    def load_newobj(self) -> None:
        arguments = self.stack.pop()
        klass = self.stack.pop()
        self.append(klass(*arguments) if isinstance(klass, type) and issubclass(klass, Stub) else Stub(klass))

    def load_newobj_ex(self) -> None:
        keywords, arguments, klass = self.stack.pop(), self.stack.pop(), self.stack.pop()
        del keywords
        self.append(klass(*arguments) if isinstance(klass, type) and issubclass(klass, Stub) else Stub(klass))

    def _instantiate(self, klass: Any, args: Any) -> None:
        self.append(klass(*args) if isinstance(klass, type) and issubclass(klass, Stub) else Stub(klass))

    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex

    def _array(self, wrapper: Stub) -> Any:
        """Read the array whose bytes follow, as joblib lays them; the bytes of a large one are passed over."""
        dtype, shape = wrapper.attribute("dtype"), wrapper.attribute("shape") or ()
        kind = _plain_kind(dtype)
        if kind.startswith("O"):
            nested = _Reader(self.file)
            loaded = nested.load()
            self.imports |= nested.imports
            return loaded
        # The unpickler reads ahead within a frame, never beyond it: the bytes are next in the file.
        if wrapper.attribute("numpy_array_alignment_bytes") is not None:
            (padding,) = struct.unpack("B", self.file.read(1))
            self.file.read(padding)
        size = math.prod(shape) * _item_size(kind)
        return Values(kind, shape, self._taken(size))

    def _taken(self, size: int) -> bytes | None:
        if size <= _LARGEST_ARRAY_READ:
            content = self.file.read(size)
            if len(content) < size:
                raise EOFError("an array is cut off")
            return content
        position = self.file.tell()
        if self.file.seek(size, io.SEEK_CUR) != position + size:
            raise EOFError("an array is cut off")
        return None


class Values:
    """An array of numbers: its type, its shape, and its bytes unless it is large."""

    def __init__(self, kind: str, shape: tuple[int, ...], content: bytes | None) -> None:
        self.kind = kind
        self.shape = shape
        self.content = content


def listed(array: Any) -> list[Any] | None:
    """The items of a small one-dimensional array that was read from a pickle, or None where it is something else."""
    if isinstance(array, Values):
        return _numbers(array.kind, array.content)
    if isinstance(array, Stub) and array.name == "_reconstruct" and isinstance(array.state, tuple):
        if len(array.state) != 5 or not isinstance(array.state[2], Stub):
            return None
        _, _, dtype, _, content = array.state
        return list(content) if isinstance(content, list) else _numbers(str(dtype.arguments[0]), content)
    if isinstance(array, Stub) and array.name == "ndarray" and isinstance(array.state, tuple):
        return list(array.state[-1]) if isinstance(array.state[-1], list) else None
    return None


def scalar(value: Any) -> Any:
    """The number that a value is, whether Python's or NumPy's; other values as they are."""
    if isinstance(value, Stub) and value.name == "scalar" and len(value.arguments) == 2:
        if not isinstance(value.arguments[0], Stub) or not value.arguments[0].arguments:
            return None
        numbers = _numbers(str(value.arguments[0].arguments[0]), value.arguments[1])
        return numbers[0] if numbers else None
    return value


def _numbers(kind: str, content: Any) -> list[Any] | None:
    if not isinstance(content, bytes) or kind[0] not in "ifubU":
        return None
    size = _item_size(kind)
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    if kind[0] == "U":
        return [piece.decode("utf-32-le").rstrip("\0") for piece in pieces]
    if kind[0] == "f":
        codes = {2: "<e", 4: "<f", 8: "<d"}
        return [struct.unpack(codes[size], piece)[0] for piece in pieces] if size in codes else None
    if kind[0] == "b":
        return [piece != b"\0" for piece in pieces]
    return [int.from_bytes(piece, "little", signed=kind[0] == "i") for piece in pieces]


_OBJECT_FLAGS = 0x07
"""The flags of a NumPy type whose items are Python objects or point to them."""


def _plain_kind(dtype: Any) -> str:
    """NumPy's code of a type, such as `f8`; one that hides objects, which joblib would load, is refused."""
    if not isinstance(dtype, Stub) or (dtype.module, dtype.name) != ("numpy", "dtype") or not dtype.arguments:
        raise ModelFileError(f"it holds an array of an unknown type{_UNREADABLE}")
    kind = str(dtype.arguments[0]).lstrip("<>|=")
    state: Any = (*[None] * 7, 0) if dtype.state is None else dtype.state
    if kind[:1] not in "biufcSUmMOV" or not isinstance(state, tuple) or len(state) not in (8, 9):
        raise ModelFileError(f"it holds an array of the type {kind!r}{_UNREADABLE}")
    subtype, names, fields, flags = state[2], state[3], state[4], state[7]
    objects = kind[0] != "O" and (not isinstance(flags, int) or flags & _OBJECT_FLAGS)
    if objects or subtype is not None or (names is not None or fields is not None) != (kind[0] == "V"):
        raise ModelFileError(f"it holds an array of the type {kind!r}{_UNREADABLE}")
    if kind[0] == "V" and any(_plain_kind(field[0])[0] in "OV" for field in fields.values()):
        raise ModelFileError(f"it holds an array with objects in fields{_UNREADABLE}")
    return kind


_UNREADABLE = ", which cannot be read without running the file"


def _item_size(kind: str) -> int:
    """Bytes of one item of a type that NumPy writes as `f8` or `U10`."""
    plain = kind.lstrip("<>|=")
    if plain[1:].isdigit():
        return int(plain[1:]) * (4 if plain[0] == "U" else 1)
    raise ModelFileError(f"it holds an array of the type {kind!r}{_UNREADABLE}")
