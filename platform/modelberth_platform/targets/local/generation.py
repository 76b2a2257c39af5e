"""Runs a generation: the workers of one release, which are started together and drained together."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Callable, Iterable

from modelberth_platform.targets.local.control import Order, WorkerStatus
from modelberth_platform.targets.local.folder import Folder
from modelberth_platform.targets.local.worker import Worker, WorkerFailed

START_DEADLINE_SECONDS = 600
"""How long all workers together may take to load their model: 10 minutes, a little more than the 8 minutes that
SageMaker gives a container by default
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html)."""


class GenerationFailed(Exception):
    """The release did not start; the message ends with the last log lines of the worker that failed first."""


class Generation:
    """The workers of one release.

    Args:
        order: the release.
        folder: the endpoint's state folder.
        listener: the socket that the workers accept connections from.
        log: writes one line to the endpoint's log.
    """

    def __init__(self, order: Order, folder: Folder, listener: socket.socket, log: Callable[[str], None]) -> None:
        self.order = order
        self._folder = folder
        self._log = log
        self._workers = [Worker(number, order, folder, listener, log) for number in range(1, order["workers"] + 1)]
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start all workers and wait until each has loaded its model; none accepts a connection yet.

        Raises:
            GenerationFailed: a worker did not load it; all workers have been ended.
        """
        starting = {asyncio.create_task(worker.start()): worker for worker in self._workers}
        try:
            done, pending = await asyncio.wait(
                starting, timeout=START_DEADLINE_SECONDS, return_when=asyncio.FIRST_EXCEPTION
            )
        except asyncio.CancelledError:
            await self._give_up(starting)
            raise
        failed = next((task for task in done if task.exception()), None)
        if failed is None and not pending:
            return
        worker = starting[failed] if failed else starting[next(iter(pending))]
        await self._give_up(pending)
        reason = failed.exception() if failed else None
        if reason is not None and not isinstance(reason, WorkerFailed):
            raise GenerationFailed(f"the worker process could not be started: {reason}")
        raise GenerationFailed(
            f"{reason or f'the model was not loaded within {START_DEADLINE_SECONDS} s'}. "
            "The last lines of its log:\n" + "\n".join(f"    {line}" for line in list(worker.tail)[-15:])
        )

    def go(self) -> None:
        """Let all workers accept connections, and from now on replace those that end."""
        for worker in self._workers:
            worker.go()
        self._keepers = [asyncio.create_task(worker.keep_alive()) for worker in self._workers]

    async def drain(self) -> None:
        """Let the workers answer the requests that they have, then end them."""
        await asyncio.gather(*(worker.leave(self.order["drain_seconds"]) for worker in self._workers))
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(worker.kill() for worker in self._workers))  # a replacement may have been starting
        self._forget_metrics()

    @property
    def statuses(self) -> list[WorkerStatus]:
        """The status of each worker."""
        return [worker.status for worker in self._workers]

    async def _give_up(self, starting: Iterable[asyncio.Task[None]]) -> None:
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        await asyncio.gather(*(worker.kill() for worker in self._workers))
        self._forget_metrics()

    def _forget_metrics(self) -> None:
        shutil.rmtree(self._folder.scratch / f"metrics-{self.order['nonce']}", ignore_errors=True)
