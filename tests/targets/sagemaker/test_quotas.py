"""What an endpoint needs of an account's quotas, from what its component records."""

from __future__ import annotations

from typing import Any

import pytest

from modelberth_platform.targets.sagemaker.quotas import CONCURRENCY, needs

LARGE, XLARGE = "ml.m5.large for endpoint usage", "ml.m5.xlarge for endpoint usage"
REAL: dict[str, Any] = {"kind": "real-time", "compute": "ml.m5.large", "scaling": {"min": 2, "max": 4}}
CANARY = {"strategy": "canary", "percent": 10}
ALIKE, LARGER = {"compute": "ml.m5.large"}, {"compute": "ml.m5.xlarge"}


@pytest.mark.parametrize(
    ("recorded", "amounts"),
    [
        ({**REAL, "rollout": CANARY}, {LARGE: 8}),
        ({**REAL, "rollout": {"strategy": "rolling", "percent": 25}}, {LARGE: 5}),
        ({**REAL, "rollout": CANARY, "variants": {"b": ALIKE}}, {LARGE: 16}),
        ({**REAL, "rollout": CANARY, "variants": {"b": LARGER}}, {LARGE: 8, XLARGE: 8}),
        ({**REAL, "rollout": CANARY, "variants": {"shadow": LARGER}}, {LARGE: 8, XLARGE: 4}),
        ({"kind": "serverless", "compute": {"max_concurrency": 7}}, {CONCURRENCY: 7}),
    ],
)
def test_at_most_while_it_is_updated(recorded: dict[str, Any], amounts: dict[str, int]) -> None:
    assert {need.quota: need.amount for need in needs(recorded)} == amounts
