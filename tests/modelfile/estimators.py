"""Fitted estimators of many kinds for the tests of model files, and the data that they are fitted to."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from xgboost import XGBClassifier, XGBRegressor

FRAME, SPECIES = load_iris(return_X_y=True, as_frame=True)
ARRAY = FRAME.to_numpy()
NAMES = np.array(["setosa", "versicolor", "virginica"])[SPECIES]


def _with_a_text_column() -> Any:
    mixed = FRAME.assign(colour=np.where(ARRAY[:, 0] > 5, "red", "blue"))
    encode = ColumnTransformer([("one-hot", OneHotEncoder(), ["colour"])], remainder="passthrough")
    return make_pipeline(encode, LogisticRegression(max_iter=500)).fit(mixed, SPECIES)


ESTIMATORS: dict[str, Callable[[], Any]] = {
    "logistic": lambda: LogisticRegression(max_iter=500).fit(ARRAY, SPECIES),
    "named": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(FRAME, NAMES),
    "forest": lambda: RandomForestClassifier(20, random_state=0).fit(ARRAY, SPECIES == 1),
    "regression": lambda: LinearRegression().fit(ARRAY[:, :3], ARRAY[:, 3]),
    "two-outputs": lambda: RandomForestRegressor(5).fit(ARRAY[:, :2], ARRAY[:, 2:]),
    "linear-svm": lambda: LinearSVC().fit(ARRAY, NAMES),
    "search": lambda: GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1]}).fit(FRAME, SPECIES),
    "clusters": lambda: KMeans(3, n_init=1, random_state=0).fit(ARRAY),
    "xgboost": lambda: XGBClassifier(n_estimators=5).fit(ARRAY, SPECIES),
    "xgboost-named": lambda: XGBRegressor(n_estimators=5).fit(FRAME, SPECIES),
    "lightgbm": lambda: LGBMClassifier(n_estimators=5, verbose=-1).fit(ARRAY, NAMES),
    "lightgbm-named": lambda: LGBMRegressor(n_estimators=5, verbose=-1).fit(FRAME, SPECIES),
    "columns": _with_a_text_column,
}
"""How each is fitted; all take features of the irises."""


@cache
def estimator(name: str) -> Any:
    """The fitted estimator of that name in `ESTIMATORS`."""
    return ESTIMATORS[name]()


class Own:
    """A class of somebody's own, which no library has."""
