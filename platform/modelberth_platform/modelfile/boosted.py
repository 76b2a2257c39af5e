"""Reads what estimators of XGBoost and LightGBM say of themselves, which is inside of the libraries' own formats."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from modelberth_platform.modelfile.inspected import Stub


@dataclass(frozen=True)
class Boosted:
    """What a boosted estimator says of itself.

    Attributes:
        width: how many features it takes, or None if it does not say.
        columns: the features' names, or None if it was fitted without names.
        version: the version of the library that wrote it, or None if it does not say.
        classifier: whether it is a classifier.
    """

    width: int | None
    columns: tuple[str, ...] | None
    version: str | None
    classifier: bool


def boosted(estimator: Stub) -> Boosted | None:
    """What an estimator of XGBoost or LightGBM says, or None for an estimator of another library."""
    if estimator.module.startswith("xgboost"):
        return _xgboost(estimator)
    return _lightgbm(estimator) if estimator.module.startswith("lightgbm") else None


def _xgboost(estimator: Stub) -> Boosted:
    """Read the booster's UBJSON (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html)."""
    booster = estimator.attribute("_Booster")
    handle = booster.attribute("handle") if isinstance(booster, Stub) else None
    raw = bytes(handle) if isinstance(handle, (bytes, bytearray)) else b""
    width = re.search(rb"num_featureSL.{8}(\d+)", raw, re.DOTALL)
    version = re.search(rb"version\[#L\0{7}\x03i(.)i(.)i(.)", raw, re.DOTALL)
    return Boosted(
        width=int(width[1]) if width and int(width[1]) else None,
        columns=_names(raw),
        version=".".join(str(part[0]) for part in version.groups()) if version else None,
        classifier=estimator.attribute("n_classes_") is not None,
    )


def _names(raw: bytes) -> tuple[str, ...] | None:
    header = re.search(rb"feature_names\[#L(.{8})", raw, re.DOTALL)
    if header is None:
        return None
    (count,) = struct.unpack(">Q", header[1])
    names, position = [], header.end()
    for _ in range(count):
        if raw[position : position + 2] != b"SL" or position + 10 > len(raw):
            return None
        (length,) = struct.unpack(">Q", raw[position + 2 : position + 10])
        names.append(raw[position + 10 : position + 10 + length].decode(errors="replace"))
        position += 10 + length
    return tuple(names) or None


def _lightgbm(estimator: Stub) -> Boosted:
    """Read the estimator's attributes and the booster's text, in which names have no spaces."""
    booster = estimator.attribute("_Booster")
    text = booster.attribute("_handle") if isinstance(booster, Stub) else None
    names = re.search(r"^feature_names=(.*)$", text, re.MULTILINE) if isinstance(text, str) else None
    has_names = estimator.attribute("_fitted_with_feature_names") is True and names is not None
    width = estimator.attribute("_n_features_in")
    return Boosted(
        width=width if isinstance(width, int) else None,
        columns=tuple(names[1].split()) if has_names and names else None,
        version=None,
        classifier=estimator.attribute("_classes") is not None,
    )
