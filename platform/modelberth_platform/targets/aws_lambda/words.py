"""What an update does to an endpoint on Lambda, in one line of a preview."""

from __future__ import annotations

from modelberth_platform.spec import SelfHostedEndpointSpec

ALARM_SECONDS = 240
"""Until an alarm rings: two of three minutes, and what CloudWatch takes to count them."""


def update_in_words(spec: SelfHostedEndpointSpec) -> str:
    """What a new release does to what is there, in at most 150 characters."""
    rollout = spec.effective_rollout
    steps = f" ({rollout.effective_percent:g} %)" if rollout.strategy != "all-at-once" else ""
    public = "PUBLIC; " if spec.effective_access.kind == "public" else ""
    bake = rollout.effective_bake_seconds
    watched = "back on an alarm" if bake >= ALARM_SECONDS else f"too short for an alarm, which takes {ALARM_SECONDS}"
    return (
        f"{public}new version tried, then traffic {rollout.strategy}{steps}, watched {bake} s, {watched}; "
        f"{rollout.keep_previous} kept; URL stays while access does"
    )
