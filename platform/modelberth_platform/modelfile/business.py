"""Decides what a model file may import: the classes that models are made of, and the functions that put them together.

Other functions of the same libraries are refused: `pandas.read_pickle` runs code, `numpy.save` writes files, and a
dotted name (`sklearn` and `utils.os.system`) reaches whatever a module imported for itself.
"""

from __future__ import annotations

import io
import pickle
import re

PACKAGES = {
    "sklearn": "scikit-learn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "numpy": "numpy",
    "scipy": "scipy",
    "pandas": "pandas",
    "joblib": "joblib",
}
"""The package of each library, by the name that is imported."""

_CLASSES = re.compile(
    r"(sklearn(?!\.externals|\.datasets|\.utils\._testing)|scipy\.(sparse|stats|interpolate|spatial|special|optimize)|"
    r"xgboost\.(sklearn|core|callback)|lightgbm\.(sklearn|basic)|catboost\.core|pandas\.(core|_libs)|"
    r"numpy\.(random|ma))(\.\w+)*"
)
"""The modules whose classes (CamelCase) may be imported."""

_NAMES = {
    "numpy": {"dtype", "ndarray", "matrix", "recarray", "generic"}
    | {"float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
    | {"bool_", "str_", "object_", "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "square", "abs", "sign"}
    | {"sin", "cos", "tan", "tanh", "arcsinh", "reciprocal", "cbrt"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.ma.core": {"_mareconstruct"},
    "numpy.random._pickle": {"__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"},
    "numpy.core": {"_ufunc_reconstruct"},
    "numpy._core": {"_ufunc_reconstruct"},
    "joblib.numpy_pickle": {"NumpyArrayWrapper"},
    "pandas.core.indexes.base": {"_new_Index"},
    "pandas._libs.internals": {"_unpickle_block"},
    "pandas.core.internals.managers": {"BlockManager", "SingleBlockManager"},
    "sklearn.metrics._dist_metrics": {"newObj"},
    "sklearn.neighbors._dist_metrics": {"newObj"},
    "sklearn.neighbors._kd_tree": {"newObj"},
    "sklearn.neighbors._ball_tree": {"newObj"},
    "builtins": {"set", "frozenset", "dict", "list", "tuple", "int", "float", "complex", "bool", "str", "bytes"}
    | {"bytearray", "slice", "range", "object"},
    "__builtin__": {"set", "frozenset", "bytearray", "slice", "complex", "object", "long", "unicode", "xrange"},
    "collections": {"OrderedDict", "defaultdict", "deque", "Counter"},
    "copyreg": {"_reconstructor", "__newobj__"},
    "copy_reg": {"_reconstructor"},
    "_codecs": {"encode"},
    "datetime": {"datetime", "date", "timedelta", "timezone"},
}
"""What else may be imported, by module."""

_CLASS = re.compile(r"_?[A-Z]\w*|(csr|csc|coo|bsr|dia|dok|lil)_(matrix|array)|interp1d|__pyx_unpickle_\w+")


def no_business_with(imports: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The imports that no model has a reason for; only the dangerous ones if picklescan knows any of them to be."""
    return _dangerous(imports) or {pair for pair in imports if not _is_business(*pair)}


def _is_business(module: str, name: str) -> bool:
    if name in _NAMES.get(module, ()):
        return True
    return bool(_CLASSES.fullmatch(module) and _CLASS.fullmatch(name))


def _dangerous(imports: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The imports that picklescan knows to be dangerous; it is given a pickle that does nothing but name them all.

    It cannot read joblib's files itself, whose instructions have arrays between them.
    """
    from picklescan.scanner import SafetyLevel, scan_pickle_bytes

    plain = {pair for pair in imports if "\n" not in "".join(pair)}
    names = b"".join(b"c" + module.encode() + b"\n" + name.encode() + b"\n" + pickle.POP for module, name in plain)
    result = scan_pickle_bytes(io.BytesIO(names + pickle.NONE + pickle.STOP), "model")
    return {(item.module, item.name) for item in result.globals if item.safety == SafetyLevel.Dangerous}
