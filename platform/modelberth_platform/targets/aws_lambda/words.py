"""What an update does to an endpoint on Lambda, in one line of a preview."""

from __future__ import annotations

from modelberth_platform.spec import SelfHostedEndpointSpec


def update_in_words(spec: SelfHostedEndpointSpec) -> str:
    """What a new release does to what is there, in at most 150 characters."""
    rollout = spec.effective_rollout
    steps = f" ({rollout.effective_percent:g} %)" if rollout.strategy != "all-at-once" else ""
    public = "PUBLIC: everybody may call; " if spec.effective_access.kind == "public" else ""
    return (
        f"{public}URL stays; new version tried, then traffic {rollout.strategy}{steps}, "
        f"watched {rollout.effective_bake_seconds} s, back on an alarm; {rollout.keep_previous} kept"
    )
