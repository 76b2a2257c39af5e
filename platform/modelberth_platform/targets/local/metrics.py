"""Reads the traffic of an endpoint of this machine from its `/metrics`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from modelberth_platform.targets.local.record import EndpointRecord

DURATION = "bentoml_service_request_duration_seconds_bucket"
"""The name of BentoML's histogram of request durations
(https://docs.bentoml.com/en/latest/build-with-bentoml/observability/metrics.html)."""


@dataclass(frozen=True)
class Traffic:
    """The requests to the Bento's APIs since the release started, health checks left out.

    Attributes:
        requests: the number of requests; None where the endpoint does not answer.
        p50_seconds: the time within which half of the requests were answered; None where it is not known.
        p99_seconds: the time within which 99 of 100 requests were answered; None where it is not known.
    """

    requests: int | None = None
    p50_seconds: float | None = None
    p99_seconds: float | None = None


def traffic(record: EndpointRecord) -> Traffic:
    """Ask the endpoint for its traffic."""
    try:
        text = httpx.get(f"{record.base_url}/metrics", timeout=5, trust_env=False).raise_for_status().text
    except httpx.HTTPError:
        return Traffic()
    routes = {route.partition(" ")[0] for route in record.bundle["apis"].values()}
    buckets: dict[float, float] = defaultdict(float)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == DURATION and sample.labels["endpoint"] in routes:
                buckets[float(sample.labels["le"])] += sample.value
    if not buckets:
        return Traffic(requests=0)
    cumulative = sorted(buckets.items())
    return Traffic(int(cumulative[-1][1]), _quantile(cumulative, 0.5), _quantile(cumulative, 0.99))


def _quantile(cumulative: list[tuple[float, float]], share: float) -> float | None:
    """The quantile, interpolated within its bucket as Prometheus' `histogram_quantile` does; None without requests."""
    total = cumulative[-1][1]
    if not total:
        return None
    lower_bound, below = 0.0, 0.0
    for bound, count in cumulative:
        if count >= share * total:
            if bound == float("inf") or count == below:
                return lower_bound
            return lower_bound + (bound - lower_bound) * (share * total - below) / (count - below)
        lower_bound, below = bound, count
    return lower_bound
