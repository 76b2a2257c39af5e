"""What is said of an image, by what the engine knows of it and what a trial reports; no container engine is needed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from modelberth_platform.checks import Check
from modelberth_platform.image import ImageError, engine
from modelberth_platform.image.rules import DOCKER_MANIFEST, OCI_MANIFEST, RULES
from modelberth_platform.image.trial import Trial, cpus_of
from modelberth_platform.image.verdict import judged, judged_facts, starts_late

INDEX = "application/vnd.oci.image.index.v1+json"


def report(**changes: Any) -> dict[str, Any]:
    """What the probe reports of an image with which all is well."""
    usual = {"start_seconds": 2.0, "status": 200, "answer": "7", "invoke_seconds": 0.5, "stop_seconds": 0.1}
    return {**usual, "exited": None, "log": "loading\n", "memory_mb": 200.0, **changes}


def start(of: dict[str, Any], *, memory_mb: int = 1024, timeout: float = 30, whole: float | None = None) -> Check:
    rules = dataclasses.replace(RULES["lambda"], invoke_seconds=timeout)
    return judged(of, Trial(rules, memory_mb, cpus=0.57), whole)[0]


def test_an_init_is_told_with_the_cpu_that_its_memory_pays_for() -> None:
    check = start(report(start_seconds=10.0))
    assert (check.outcome, check.found) == ("ok", "10.0 s, 0.57 vCPU for 1024 MB, read-only root, no network")
    assert check.rule == "asks for its first event within 10 s"


@pytest.mark.parametrize(
    ("seconds", "answer", "timeout", "whole", "outcome", "said"),
    [
        (10.1, 0.5, 30, None, "warning", "whose answer then takes about 21 s"),
        (29.0, 1.0, 30, None, "warning", "whose answer then takes about 40 s"),
        (29.0, 1.1, 30, None, "refused", "whose timeout of 30 s is too short for it"),
        (29.0, 1.1, 30, 9.9, "warning", "it takes 9.9 s"),
        (29.0, 1.1, 30, 10.1, "refused", "it takes 10.1 s"),
        (29.0, 1.1, 60, None, "warning", "whose answer then takes about 40 s"),
        (12.0, None, 30, None, "warning", "whose answer then takes about 22 s"),
        (None, None, 30, 4.0, "warning", "not within 30 s, 0.57 vCPU for 1024 MB; the last line of its log: loading"),
        (None, None, 30, None, "refused", "whose timeout of 30 s is too short for it"),
        (None, None, 5, None, "refused", "not within 10 s"),
    ],
)
def test_an_init_that_lambda_does_not_wait_for(
    seconds: float | None, answer: float | None, timeout: float, whole: float | None, outcome: str, said: str
) -> None:
    status = None if answer is None else 200
    of = report(start_seconds=seconds, invoke_seconds=answer, status=status)
    check = start(of, timeout=timeout, whole=whole)
    assert check.outcome == outcome
    assert said in check.found
    assert "Lambda ends an init after 10 s and begins it anew within the first request" in check.found
    assert "More memory" in check.found
    assert "provisioned concurrency" in check.found
    assert "/dg/lambda-runtime-environment.html" in check.rule


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (report(start_seconds=None, exited=1), "it ended with exit code 1: loading"),
        (report(start_seconds=None, exited=-9), "killed: it needs more than 1024 MiB"),
        ({"engine": "no such file", "code": 127}, "cannot be tried: no such file"),
        ({"engine": "", "code": 137}, "killed: it needs more than 1024 MiB"),
    ],
)
def test_what_does_not_start_at_all_is_refused_without_more_words(of: dict[str, Any], found: str) -> None:
    check = start(of)
    assert (check.outcome, check.found) == ("refused", found)


def test_a_function_that_dies_while_it_answers_was_late_all_the_same() -> None:
    assert starts_late(report(start_seconds=11.0, exited=1), RULES["lambda"])
    assert not starts_late(report(start_seconds=9.0, exited=1), RULES["lambda"])


def test_a_server_is_waited_for_as_long_as_its_target_waits() -> None:
    for target in ("sagemaker", "ecs"):
        rules = RULES[target]
        trial = Trial(rules, 2048)
        assert [check.outcome for check in judged(report(start_seconds=rules.start_seconds), trial)] == ["ok"] * 4
        assert judged(report(start_seconds=rules.start_seconds + 1), trial)[0].outcome == "refused"
        late = judged(report(start_seconds=None), trial)
        assert [(check.name, check.outcome) for check in late] == [("start", "refused")]
        assert "Lambda" not in late[0].found
        assert judged(report(stop_seconds=None), trial)[3].outcome == "refused"


def test_the_prediction() -> None:
    trial = Trial(RULES["lambda"], 1024)
    assert judged(report(), trial)[1].found == "500 ms: 7"
    assert judged(report(status=500, answer="no\n such"), trial)[1].found == "500: no such"
    assert judged(report(status=None, invoke_seconds=None), trial)[1].outcome == "left out"
    assert judged(report(status=None, answer="", invoke_seconds=30.0), trial)[1].outcome == "refused"


@pytest.mark.parametrize(
    ("memory_mb", "cpus"), [(128, 0.07), (1024, 0.57), (1769, 1.0), (2048, 1.15), (3538, 2.0), (10240, 2.0)]
)
def test_cpu_comes_with_memory(memory_mb: int, cpus: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "cpus", lambda: 2.0)
    assert cpus_of(RULES["lambda"], memory_mb) == cpus
    assert cpus_of(RULES["ecs"], memory_mb) is None
    trial = Trial(RULES["lambda"], memory_mb, cpus_of(RULES["lambda"], memory_mb))
    assert trial.is_short_of_cpu == (memory_mb == 10240)
    assert ("this machine has no more" in judged(report(), trial)[0].found) == (memory_mb == 10240)


def test_an_engine_that_cannot_limit_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "cpus", lambda: None)
    trial = Trial(RULES["lambda"], 512, cpus_of(RULES["lambda"], 512))
    assert "all of this machine's CPU, which the engine does not limit" in judged(report(), trial)[0].found


FACTS = {"Os": "linux", "Architecture": "amd64", "Size": 1e9, "Config": {"User": "65532"}}


@pytest.mark.parametrize(
    ("target", "manifest", "outcome"),
    [
        ("lambda", DOCKER_MANIFEST, "ok"),
        ("lambda", OCI_MANIFEST, "ok"),
        ("lambda", INDEX, "refused"),
        ("lambda", "application/vnd.docker.distribution.manifest.list.v2+json", "refused"),
        ("lambda", None, "left out"),
        ("sagemaker", DOCKER_MANIFEST, "ok"),
        ("sagemaker", OCI_MANIFEST, "refused"),
        ("sagemaker", INDEX, "refused"),
    ],
)
def test_the_manifest(target: str, manifest: str | None, outcome: str) -> None:
    check = judged_facts(FACTS, RULES[target], None, manifest)[1]
    assert (check.name, check.outcome) == ("manifest", outcome)
    assert outcome != "refused" or "--provenance=false" in check.found


def test_ecs_takes_an_index() -> None:
    assert [check.name for check in judged_facts(FACTS, RULES["ecs"], None, INDEX)] == ["platform", "size", "user"]


@pytest.mark.parametrize(
    ("facts", "stores", "expected"),
    [
        ({"Descriptor": {"mediaType": INDEX}}, "", INDEX),
        ({"Descriptor": None, "ManifestType": OCI_MANIFEST}, "", OCI_MANIFEST),
        ({}, "[[Backing Filesystem extfs] [Supports d_type true]]", DOCKER_MANIFEST),
        ({}, "[[driver-type io.containerd.snapshotter.v1]]", None),
    ],
)
def test_what_an_engine_would_push(
    facts: dict[str, Any], stores: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Told:
        returncode, stdout = 0, stores

    monkeypatch.setattr(engine, "docker", lambda *arguments, **options: Told)
    assert engine.pushed_as(facts) == expected


def test_an_unknown_target() -> None:
    from modelberth_platform.image.check import check_image

    with pytest.raises(ImageError, match=r"no rules for the target 'azure'; there are sagemaker, lambda, ecs"):
        check_image("any:1", "azure")
