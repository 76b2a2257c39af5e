"""Processes are killed at the worst moments: nothing is lost that need not be, and nothing is left over."""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest
from conftest import Variant

from engine.stack import Stack, eventually, marked, of_endpoint
from modelberth_platform.paths import state_root
from modelberth_platform.targets.local.folder import DIRECTORY_VARIABLE


def test_a_killed_worker_is_replaced_and_only_its_own_requests_fail(stack: Stack, echo: Path) -> None:
    stack.declare(', scaling={"min": 2}')
    stack.up("echo")
    base = stack.outputs()["base_url"]
    results: dict[int, str] = {}
    sent = threading.Barrier(9)

    def long_request(number: int) -> None:
        connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=20)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/process", body="{}", headers=headers)
        worker = json.loads(connection.getresponse().read())  # who holds this connection
        connection.request("POST", "/sleep", body='{"seconds": 2}', headers=headers)
        sent.wait()
        try:
            results[number] = f"{worker} {'answered' if connection.getresponse().status == 200 else 'refused'}"
        except (OSError, http.client.HTTPException):
            results[number] = f"{worker} failed"
        connection.close()

    threads = [threading.Thread(target=long_request, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    victim, survivor = stack.worker_pids()
    sent.wait()
    psutil.Process(victim).kill()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert set(results.values()) <= {f"{victim} failed", f"{survivor} answered"}
    eventually(lambda: len(stack.worker_pids()) == 2 and victim not in stack.worker_pids())
    eventually(lambda: httpx.post(f"{base}/process", json={}).json() in set(stack.worker_pids()) - {survivor})


def test_a_worker_that_always_dies_is_restarted_with_growing_pauses(stack: Stack, echo: Path, variant: Variant) -> None:
    doomed = variant(
        "doomed",
        old="self.release_name = RELEASE",
        new="__import__('threading').Timer(1, os._exit, [3]).start()",
    )
    stack.up(doomed)
    log = stack.endpoint_folder / "logs" / "endpoint.log"
    eventually(lambda: "replacing it in 0.8 s" in log.read_text())
    pauses = [line.rsplit("in ", 1)[1] for line in log.read_text().splitlines() if "replacing it in" in line]
    assert pauses[:3] == ["0.2 s", "0.4 s", "0.8 s"]


def _changing_folders() -> list[Path]:
    return [path.parent for path in state_root().glob("*/operation.json")]


def _host_listens() -> bool:
    return any((folder / "control.sock").exists() for folder in _changing_folders())


def _a_worker_loads() -> bool:
    return any(
        "worker" in log.read_text() or "starting release" in log.read_text()
        for log in state_root().glob("*/logs/endpoint.log")
    )


def _slot_is_known(stack: Stack) -> Callable[[], bool]:
    return lambda: any(
        "shop-slot" in path.read_text()
        for path in Path(stack.folder.parent / "pulumi").rglob(f"stacks/{stack.project}/*.json")
    )


MOMENTS = [
    "at once",
    "when the slot is known",
    "when the operation begins",
    "when the host listens",
    "when a worker loads",
]


def _moment(name: str, stack: Stack) -> Callable[[], bool]:
    return {
        "at once": lambda: True,
        "when the slot is known": _slot_is_known(stack),
        "when the operation begins": lambda: bool(_changing_folders()),
        "when the host listens": _host_listens,
        "when a worker loads": _a_worker_loads,
    }[name]


@pytest.mark.parametrize("then", ["up", "destroy"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_command_killed_during_the_first_up(stack: Stack, echo: Path, moment: str, then: str) -> None:
    mark = uuid.uuid4().hex
    arguments = ["up", "--yes", "--skip-preview", "--config", f"{stack.project}:bundle=echo"]
    stack.kill_during(*arguments, when=_moment(moment, stack), mark=mark)
    stack.run("cancel", "--yes")
    if then == "up":
        stack.up("echo")
        assert stack.answer() == "one"
        assert len(stack.worker_pids()) == 1
        assert len(of_endpoint(stack.endpoint_folder)) == 2, "one host and one worker"
    stack.destroy()
    _nothing_is_left(mark)


def test_destroy_does_not_wait_for_a_model_that_loads_forever(stack: Stack, echo: Path, variant: Variant) -> None:
    slow, mark = variant("slow", old="self.release_name = RELEASE", new="time.sleep(300)"), uuid.uuid4().hex
    arguments = ["up", "--yes", "--skip-preview", "--config", f"{stack.project}:bundle={slow}"]
    stack.kill_during(*arguments, when=_a_worker_loads, mark=mark)
    stack.run("cancel", "--yes")
    stack.destroy()  # it would time out if it waited for the load
    _nothing_is_left(mark)


@pytest.mark.parametrize("moment", ["when the operation begins", "when the new release starts"])
def test_the_command_killed_during_an_update(stack: Stack, echo: Path, variant: Variant, moment: str) -> None:
    stack.up("echo")
    folder, two, mark = stack.endpoint_folder, variant("two"), uuid.uuid4().hex
    log = folder / "logs" / "endpoint.log"
    when = {
        "when the operation begins": lambda: bool(_changing_folders()),
        "when the new release starts": lambda: log.read_text().count("starting release") == 2,
    }[moment]
    arguments = ["up", "--yes", "--skip-preview", "--config", f"{stack.project}:bundle={two}"]
    stack.kill_during(*arguments, when=when, mark=mark)
    assert stack.answer() in {"one", "two"}, "an interrupted update leaves a release serving"
    stack.run("cancel", "--yes")
    stack.up(two)
    assert stack.answer() == "two"
    assert len(of_endpoint(folder)) >= 2
    eventually(lambda: len(of_endpoint(folder)) == 2)
    stack.destroy()
    _nothing_is_left(mark)


def _nothing_is_left(mark: str) -> None:
    eventually(lambda: not [process for process in marked(mark) if not _is_pulumis_own(process)])
    for process in marked(mark):
        process.kill()
    eventually(lambda: not [process for process in psutil.process_iter() if _belongs_to_an_endpoint(process)])
    assert not [path for path in state_root().glob("*") if path.name != "pulumi"]


def _is_pulumis_own(process: psutil.Process) -> bool:
    """Whether it is the CLI's language host, which looks only every five minutes whether it should end."""
    return process.name() == "pulumi-language-python"


def _belongs_to_an_endpoint(process: psutil.Process) -> bool:
    try:
        return str(state_root()) in process.environ().get(DIRECTORY_VARIABLE, "") and process.status() != "zombie"
    except (psutil.Error, OSError):
        return False
