"""Tries an image out under a target's rules (`modelberth image check`), before a deployment fails by them."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from modelberth_platform.bundle.example import example_request
from modelberth_platform.bundle.facts import Api
from modelberth_platform.bundle.layout import read_yaml
from modelberth_platform.bundle.read import apis_of
from modelberth_platform.checks import Check
from modelberth_platform.image import engine
from modelberth_platform.image.errors import ImageError


@dataclass(frozen=True)
class Rules:
    """What a target does with an image, and where its documentation says so.

    Attributes:
        role: the runtime's role: `serve` behind HTTP, or `lambda`.
        arguments: the arguments that the image's entry point gets.
        read_only: whether the root file system cannot be written; `/tmp` always can.
        memory_mb: a usual size of memory, where the caller names none.
        start_seconds: the time from the start to the first good answer of `/ping`, or to asking for the first event.
        invoke_seconds: the time that an answer may take.
        stop_seconds: the time between SIGTERM and SIGKILL.
        max_image_gb: the largest size of an image, or None where the volume decides.
        source: the page that documents it.
    """

    role: Literal["serve", "lambda"]
    arguments: tuple[str, ...]
    read_only: bool
    memory_mb: int
    start_seconds: float
    invoke_seconds: float
    stop_seconds: float
    max_image_gb: float | None
    source: str


RULES: dict[str, Rules] = {
    "sagemaker": Rules(
        role="serve",
        arguments=("serve",),
        read_only=False,
        memory_mb=2048,
        start_seconds=480,
        invoke_seconds=60,
        stop_seconds=120,
        max_image_gb=None,
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
    ),
    "lambda": Rules(
        role="lambda",
        arguments=(),
        read_only=True,
        memory_mb=1024,
        start_seconds=10,
        invoke_seconds=30,
        stop_seconds=2,
        max_image_gb=10,
        source="https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    ),
    "ecs": Rules(
        role="serve",
        arguments=(),
        read_only=True,
        memory_mb=2048,
        start_seconds=300,
        invoke_seconds=60,
        stop_seconds=30,
        max_image_gb=None,
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
    ),
}


def check_image(
    image: str,
    target: str,
    *,
    memory_mb: int | None = None,
    body: str | None = None,
    api: str | None = None,
    platform: str | None = None,
) -> list[Check]:
    """Try an image out as a target would run it: without network, with its memory, deadlines and file system.

    Args:
        image: an image that the engine has.
        target: `sagemaker`, `lambda` or `ecs`.
        memory_mb: the memory that it gets; by default a usual size of the target's.
        body: the request's body; by default the example of the API's schema.
        api: the API that is called; needed where the bundle has several.
        platform: the target's platform; by default that of the image is reported and not judged.

    Raises:
        ImageError: no engine answers, it has no such image, or the target is unknown.
    """
    if target not in RULES:
        raise ImageError(f"there are no rules for the target {target!r}; there are {', '.join(RULES)}")
    if not engine.present(image):
        raise ImageError(
            f"the container engine has no image {image!r}; build it (modelberth image build) or docker pull"
        )
    rules, facts = RULES[target], engine.inspect(image)
    declared = _declared(image, api)
    body = body if body is not None else _example(declared)
    memory = memory_mb or rules.memory_mb
    return [
        *_static(facts, rules, platform),
        *_judged(_tried(image, facts, rules, memory, body, declared), rules, memory),
    ]


def _example(api: Api | None) -> str | None:
    return None if api is None or api.takes_files else json.dumps(example_request(api))


def _static(facts: dict[str, Any], rules: Rules, platform: str | None) -> list[Check]:
    own = f"{facts['Os']}/{facts['Architecture']}"
    gigabytes = facts["Size"] / 1e9
    user = facts["Config"].get("User") or "root"
    root = user.split(":")[0] in ("root", "0")
    limit = f"at most {rules.max_image_gb:g} GB" if rules.max_image_gb else "fits the volume"
    return [
        Check("platform", "ok" if platform in (None, own) else "refused", own, platform or "the target's own"),
        Check(
            "size",
            "refused" if rules.max_image_gb and gigabytes > rules.max_image_gb else "ok",
            f"{gigabytes:.2f} GB",
            limit,
        ),
        Check("user", "warning" if root else "ok", user, "not root"),
    ]


def _tried(
    image: str, facts: dict[str, Any], rules: Rules, memory: int, body: str | None, declared: Api | None
) -> dict[str, Any]:
    """What the probe reports from inside of a container, or what the engine says instead."""
    command = [*(facts["Config"].get("Entrypoint") or []), *(rules.arguments or facts["Config"].get("Cmd") or [])]
    plan = {
        "role": rules.role,
        "command": command,
        "port": 8080,
        "body": body,
        "start_seconds": rules.start_seconds,
        "invoke_seconds": rules.invoke_seconds,
        "stop_seconds": rules.stop_seconds,
        "log": "/tmp/modelberth-check.log",  # noqa: S108 - inside of the container
    }
    options = ["--rm", "--interactive", "--network", "none", f"--memory={memory}m", f"--memory-swap={memory}m"]
    options += ["--read-only", "--tmpfs", "/tmp"] if rules.read_only else []  # noqa: S108
    options += ["--env", f"MODELBERTH_API={declared.name}"] if declared else []
    source = (files("modelberth_platform.image") / "probe.py").read_text()
    seconds = rules.start_seconds + rules.invoke_seconds + rules.stop_seconds + 30
    try:
        result = engine.docker(
            "run",
            *options,
            "--entrypoint",
            "python",
            image,
            "-",
            json.dumps(plan),
            check=False,
            input=source,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return {"engine": f"the container did not end within {seconds:g} s"}
    lines = result.stdout.strip().splitlines()
    if result.returncode == 0 and lines:
        return dict(json.loads(lines[-1]))
    return {"engine": result.stderr.strip()[-800:] or f"exit code {result.returncode}", "code": result.returncode}


def _judged(report: dict[str, Any], rules: Rules, memory: int) -> list[Check]:
    first = "/ping answers 200" if rules.role == "serve" else "asks for its first event"
    within = f"{first} within {rules.start_seconds:g} s"
    if "engine" in report:
        killed = report.get("code") == 137
        reason = f"killed: it needs more than {memory} MiB" if killed else f"cannot be tried: {report['engine']}"
        return [Check("start", "refused", reason, within)]
    if report["start_seconds"] is None or report["start_seconds"] > rules.start_seconds:
        return [Check("start", "refused", _why_not(report, memory), within)]
    under = "read-only root, no network" if rules.read_only else "no network"
    return [
        Check("start", "ok", f"{report['start_seconds']:.1f} s, {under}", within),
        _prediction(report, rules),
        Check("memory", "ok", f"{report['memory_mb']:.0f} MiB at most", f"{memory} MiB"),
        *([_stop(report, rules)] if rules.role == "serve" else []),
    ]


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


def _why_not(report: dict[str, Any], memory: int) -> str:
    lines = [line for line in report["log"].splitlines() if line.strip()]
    last = lines[-1].strip()[:300] if lines else "it printed nothing"
    if report["exited"] == -9:
        return f"killed: it needs more than {memory} MiB"
    if report["exited"] is not None:
        return f"it ended with exit code {report['exited']}: {last}"
    return f"not in time; the last line of its log: {last}"


def _declared(image: str, name: str | None) -> Api | None:
    """The API that a prediction calls, from the bundle inside of the image; None if it has several, or no bundle."""
    container = engine.docker("create", image).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="modelberth-check-") as scratch:
        description = Path(scratch) / "bento.yaml"
        copied = engine.docker("cp", f"{container}:/bundle/bento.yaml", str(description), check=False)
        engine.docker("rm", container, check=False)
        if copied.returncode:
            return None
        apis = {api.name: api for api in apis_of(read_yaml(description))}
    if name is not None and name not in apis:
        raise ImageError(f"the bundle in {image} has no API {name!r}; it has {', '.join(apis)}")
    chosen = name or (next(iter(apis)) if len(apis) == 1 else None)
    return apis[chosen] if chosen else None
