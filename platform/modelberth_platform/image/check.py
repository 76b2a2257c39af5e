"""Tries an image out under a target's rules (`modelberth image check`), before a deployment fails by them."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

from modelberth_platform.bundle.example import example_request
from modelberth_platform.bundle.facts import Api
from modelberth_platform.bundle.layout import read_yaml
from modelberth_platform.bundle.read import apis_of
from modelberth_platform.checks import Check
from modelberth_platform.image import engine
from modelberth_platform.image.errors import ImageError
from modelberth_platform.image.rules import RULES
from modelberth_platform.image.trial import Trial, cpus_of
from modelberth_platform.image.verdict import judged, judged_facts, starts_late


def check_image(
    image: str,
    target: str,
    *,
    memory_mb: int | None = None,
    timeout_seconds: float | None = None,
    body: str | None = None,
    api: str | None = None,
    platform: str | None = None,
) -> list[Check]:
    """Try an image out as a target would run it: without network, with its memory, CPU, deadlines and file system.

    Args:
        image: an image that the engine has.
        target: `sagemaker`, `lambda` or `ecs`.
        memory_mb: the memory that it gets; by default a usual size of the target's.
        timeout_seconds: the time that an answer may take; by default a usual one of the target's.
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
    if timeout_seconds is not None:
        rules = dataclasses.replace(rules, invoke_seconds=timeout_seconds)
    declared, memory = _declared(image, api), memory_mb or rules.memory_mb
    body = body if body is not None else _example(declared)
    trial = Trial(rules, memory, cpus_of(rules, memory), body, declared.name if declared else None)
    return [
        *judged_facts(facts, rules, platform, engine.pushed_as(facts) if rules.manifests else None),
        *_tried(trial, image, facts),
    ]


def _tried(trial: Trial, image: str, facts: dict[str, Any]) -> list[Check]:
    """What a trial shows; a start that takes too long on a share of a vCPU is tried on a whole one too."""
    report = trial.of(image, facts)
    whole = None
    if trial.rules.starts_again and trial.cpus is not None and trial.cpus < 1 and starts_late(report, trial.rules):
        whole = dataclasses.replace(trial, cpus=1.0).of(image, facts).get("start_seconds")
    return judged(report, trial, whole)


def _example(api: Api | None) -> str | None:
    return None if api is None or api.takes_files else json.dumps(example_request(api))


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
