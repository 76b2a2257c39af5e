"""Says which of a target's rules an image breaks, by what the engine knows of it and what a trial reports."""

from __future__ import annotations

from typing import Any

from modelberth_platform.checks import Check
from modelberth_platform.image.rules import OCI_MANIFEST, Rules
from modelberth_platform.image.trial import Trial

INIT_SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"
"""Says what becomes of an init that takes too long."""


def judged_facts(facts: dict[str, Any], rules: Rules, platform: str | None, manifest: str | None) -> list[Check]:
    """What the engine's facts of an image say.

    Args:
        facts: what `docker image inspect` says.
        rules: of the target.
        platform: the target's platform; None if the image's own is not judged.
        manifest: the media type as which the image would be pushed; None where the engine does not tell.
    """
    own = f"{facts['Os']}/{facts['Architecture']}"
    gigabytes = facts["Size"] / 1e9
    user = facts["Config"].get("User") or "root"
    root = user.split(":")[0] in ("root", "0")
    limit = f"at most {rules.max_image_gb:g} GB" if rules.max_image_gb else "fits the volume"
    return [
        Check("platform", "ok" if platform in (None, own) else "refused", own, platform or "the target's own"),
        *([_manifest(manifest, rules)] if rules.manifests else []),
        Check(
            "size",
            "refused" if rules.max_image_gb and gigabytes > rules.max_image_gb else "ok",
            f"{gigabytes:.2f} GB",
            limit,
        ),
        Check("user", "warning" if root else "ok", user, "not root"),
    ]


def judged(report: dict[str, Any], trial: Trial, whole_cpu_seconds: float | None = None) -> list[Check]:
    """What a trial's report says.

    Args:
        report: what the probe reports.
        trial: the conditions.
        whole_cpu_seconds: the time that the start took on a whole vCPU, where that was tried too.
    """
    rules, memory = trial.rules, trial.memory_mb
    start = _start(report, trial, whole_cpu_seconds)
    if report.get("start_seconds") is None:
        return [start]
    return [
        start,
        _prediction(report, rules),
        Check("memory", "ok", f"{report['memory_mb']:.0f} MiB at most", f"{memory} MiB"),
        *([_stop(report, rules)] if rules.role == "serve" else []),
    ]


def starts_late(report: dict[str, Any], rules: Rules) -> bool:
    """Whether the image started after the time in which it should have, or was still at it when the trial ended."""
    if "engine" in report:
        return False
    seconds: float | None = report["start_seconds"]
    return report["exited"] is None if seconds is None else seconds > rules.start_seconds


def _manifest(manifest: str | None, rules: Rules) -> Check:
    kinds = "Docker's or OCI's" if OCI_MANIFEST in rules.manifests else "Docker's"
    rule = f"a manifest of {kinds} kind, no index ({rules.manifests_source})"
    if manifest is None:
        return Check("manifest", "left out", "this container engine does not tell what it would push", rule)
    if manifest in rules.manifests:
        return Check("manifest", "ok", manifest, rule)
    remedy = "docker buildx build --provenance=false --sbom=false --output type=image,oci-mediatypes=false,push=true …"
    return Check("manifest", "refused", f"{manifest}; build and push it with: {remedy}", rule)


def _start(report: dict[str, Any], trial: Trial, whole_cpu_seconds: float | None) -> Check:
    rules = trial.rules
    first = "/ping answers 200" if rules.role == "serve" else "asks for its first event"
    rule = f"{first} within {rules.start_seconds:g} s"
    if "engine" in report:
        killed = report.get("code") == 137
        lack = f"killed: it needs more than {trial.memory_mb} MiB"
        return Check("start", "refused", lack if killed else f"cannot be tried: {report['engine']}", rule)
    if rules.starts_again and starts_late(report, rules):
        return _late_init(report, trial, whole_cpu_seconds, f"{rule} ({INIT_SOURCE})")
    if report["start_seconds"] is None:
        return Check("start", "refused", _why_not(report, trial), rule)
    late = starts_late(report, rules)
    return Check("start", "refused" if late else "ok", _measured(report["start_seconds"], trial), rule)


def _late_init(report: dict[str, Any], trial: Trial, whole_cpu_seconds: float | None, rule: str) -> Check:
    """What comes of an init that takes longer than Lambda waits."""
    rules, seconds = trial.rules, report["start_seconds"]
    answered = float("inf") if seconds is None else seconds + (report["invoke_seconds"] or 0)
    fits = answered <= rules.invoke_seconds
    hurried = whole_cpu_seconds is not None and whole_cpu_seconds <= rules.start_seconds
    took = _why_not(report, trial) if seconds is None else _measured(seconds, trial)
    again = f"Lambda ends an init after {rules.start_seconds:g} s and begins it anew within the first request, whose "
    if fits:
        again += f"answer then takes about {rules.start_seconds + answered:.0f} s"
    else:
        again += f"timeout of {rules.invoke_seconds:g} s is too short for it"
    found = f"{took}. {again}. {_on_a_whole_cpu(whole_cpu_seconds)}{_REMEDY}"
    return Check("start", "warning" if fits or hurried else "refused", found, rule)


def _on_a_whole_cpu(seconds: float | None) -> str:
    """The time on a whole vCPU, in words, where that was tried."""
    if seconds is None:
        return ""
    whose = "which AWS's guides but not its documentation give to a first init"
    return f"On a whole vCPU, {whose}, it takes {seconds:.1f} s. "


def _measured(seconds: float, trial: Trial) -> str:
    conditions = [*_cpu(trial), *(["read-only root"] if trial.rules.read_only else []), "no network"]
    return f"{seconds:.1f} s, {', '.join(conditions)}"


_REMEDY = (
    "More memory, and with it CPU, helps; so do fewer packages, provisioned concurrency (whose init may take 130 s, or "
    "the function's timeout if that is longer), and a ManagedEndpoint on instances"
)


def _cpu(trial: Trial) -> list[str]:
    """The CPU of a trial where memory decides it, in words."""
    if trial.rules.share_of_cpu(trial.memory_mb) is None:
        return []
    if trial.cpus is None:
        return ["with all of this machine's CPU, which the engine does not limit"]
    share = f"{trial.cpus:.2f} vCPU"
    return [f"{share} (this machine has no more)" if trial.is_short_of_cpu else f"{share} for {trial.memory_mb} MB"]


def _prediction(report: dict[str, Any], rules: Rules) -> Check:
    rule = f"the example is answered within {rules.invoke_seconds:g} s"
    if report["status"] is None and report["invoke_seconds"] is None:
        return Check("prediction", "left out", "no example: give one with --body, and --api", rule)
    answer = " ".join(report["answer"].split())[:160]
    if report["status"] != 200:
        return Check("prediction", "refused", f"{report['status'] or 'no answer'}: {answer}", rule)
    return Check("prediction", "ok", f"{report['invoke_seconds'] * 1000:.0f} ms: {answer}", rule)


def _stop(report: dict[str, Any], rules: Rules) -> Check:
    rule = f"ends within {rules.stop_seconds:g} s of SIGTERM"
    if report["stop_seconds"] is None:
        return Check("stop", "refused", "does not end: running requests would be cut off", rule)
    return Check("stop", "ok", f"{report['stop_seconds']:.1f} s", rule)


def _why_not(report: dict[str, Any], trial: Trial) -> str:
    lines = [line for line in report["log"].splitlines() if line.strip()]
    last = lines[-1].strip()[:300] if lines else "it printed nothing"
    if report["exited"] == -9:
        return f"killed: it needs more than {trial.memory_mb} MiB"
    if report["exited"] is not None:
        return f"it ended with exit code {report['exited']}: {last}"
    within = ", ".join([f"not within {trial.rules.longest_start_seconds:g} s", *_cpu(trial)])
    return f"{within}; the last line of its log: {last}"
