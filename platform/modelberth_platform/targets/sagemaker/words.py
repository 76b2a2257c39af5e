"""What an update does to an endpoint on SageMaker, in one line of a preview."""

from __future__ import annotations

from modelberth_platform.spec import ManagedEndpointSpec


def update_in_words(spec: ManagedEndpointSpec) -> str:
    """What a new release does to what is there, in at most 150 characters."""
    rollout = spec.effective_rollout
    steps = f" ({rollout.effective_percent:g} %)" if rollout.strategy != "all-at-once" else ""
    watched = f", watched {rollout.effective_bake_seconds} s, back on an alarm"
    return (
        f"endpoint and URL stay; new model and config beside the old, of which {rollout.keep_previous} are kept; "
        f"traffic moves {rollout.strategy}{steps}" + ("" if spec.kind == "serverless" else watched)
    )
