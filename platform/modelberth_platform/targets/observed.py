"""How an endpoint is now, in the same words on every target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Observed:
    """An endpoint as its target sees it now.

    Attributes:
        status: the target's own word, such as `InService`; `gone` where there is no such endpoint.
        well: whether it serves, and no alarm rings.
        current: whether it serves what was deployed last; after an update that went back it does not.
        reason: why it failed, in the target's words.
        instances: running replicas; None where there are none to count, as on serverless compute.
        wanted: replicas that there should be.
        ringing: the names of its alarms that ring.
        requests: their number in the last hour; on this machine since the release started.
        errors: the number of those that ended in a server error.
        p50_seconds: half of the requests were answered faster; None without requests.
        p99_seconds: ninety-nine in a hundred were.
    """

    status: str
    well: bool
    current: bool = True
    reason: str | None = None
    instances: int | None = None
    wanted: int | None = None
    ringing: tuple[str, ...] = ()
    requests: int | None = None
    errors: int | None = None
    p50_seconds: float | None = None
    p99_seconds: float | None = None
