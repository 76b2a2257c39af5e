"""An update under load loses nothing."""

from __future__ import annotations

import collections
import http.client
import threading
import time
from pathlib import Path

from conftest import Variant

from engine.stack import Stack

REQUESTS = 5000
LONGEST_SECONDS = 240


class Clients:
    """Eight clients that call as fast as they can, half of them over one connection, half over a new one each time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._call, args=(number % 2 == 0,)) for number in range(8)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def _call(self, keep_alive: bool) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.over.is_set() and time.monotonic() < deadline:
            try:
                connection.request("POST", "/invocations", body="{}", headers=_headers(keep_alive))
                response = connection.getresponse()
                answer = f"{response.status} {response.read().decode()}"
            except (OSError, http.client.HTTPException) as error:
                answer = f"failed: {error!r}"
                connection.close()
            with self._lock:
                self.answers[answer] += 1
                if not answer.startswith("200 "):
                    self.failures.append(answer)
            time.sleep(0.002)
        connection.close()


def _headers(keep_alive: bool) -> dict[str, str]:
    return {"Content-Type": "application/json", "Connection": "keep-alive" if keep_alive else "close"}


def test_updates_under_load_lose_nothing(stack: Stack, echo: Path, variant: Variant) -> None:
    stack.declare(', scaling={"min": 2}')
    stack.up("echo")
    clients = Clients(int(stack.outputs()["base_url"].rpartition(":")[2]))
    clients.start()
    try:
        for name in ("two", "three", "four"):
            stack.up(variant(name))
        deadline = time.monotonic() + 60
        while clients.answers.total() < REQUESTS and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        clients.stop()
    print(dict(clients.answers))
    assert clients.failures == []
    assert clients.answers.total() >= REQUESTS
    assert set(clients.answers) == {f"200 {name}" for name in ("one", "two", "three", "four")}
