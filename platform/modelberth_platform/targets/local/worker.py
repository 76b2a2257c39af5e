"""Controls one worker process for the host."""

from __future__ import annotations

import asyncio
import collections
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from modelberth_platform.targets.local.control import Order, WorkerStatus
from modelberth_platform.targets.local.folder import DIRECTORY_VARIABLE, Folder

FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 30.0
"""A worker that ends is replaced after a pause, which doubles each time from the first to the longest."""

HEALTHY_AFTER_SECONDS = 30.0
"""The pause begins anew for a worker that has lived longer than this."""

LOG_TAIL_LINES = 40
"""How many of its last lines a worker remembers, for the message of a failed start."""

# The protocol of modelberth_serving/supervision.py, which runs in the bundle's environment and cannot be imported here.
_READY = b"ready\n"
_GO = b"go\n"


class WorkerFailed(Exception):
    """The worker process ended before its model was loaded."""


class Worker:
    """Starts one worker process, replaces it when it ends, and drains it.

    Args:
        number: the worker's number among those of the release, from 1.
        order: the release that it runs.
        folder: the endpoint's state folder.
        listener: the socket that it accepts connections from.
        log: writes one line to the endpoint's log.

    Attributes:
        tail: the last lines that the process printed.
        status: the state of the process, as `modelberth status` shows it.
    """

    def __init__(
        self, number: int, order: Order, folder: Folder, listener: socket.socket, log: Callable[[str], None]
    ) -> None:
        self.number = number
        self.tail: collections.deque[str] = collections.deque(maxlen=LOG_TAIL_LINES)
        self._order = order
        self._folder = folder
        self._listener = listener
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._channel: asyncio.StreamWriter | None = None
        self._output: asyncio.Task[None] | None = None
        self._leaving = False
        self.status = WorkerStatus(pid=None, since=time.time(), restarts=0, state="starting")

    async def start(self) -> None:
        """Start the process and wait until its model is loaded.

        Raises:
            WorkerFailed: the process ended before that.
        """
        host_end, worker_end = socket.socketpair()
        with worker_end:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(worker_end),
                env=self._environment(),
                cwd=self._folder.scratch,
                pass_fds=(self._listener.fileno(), worker_end.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        self.status = {**self.status, "pid": self._process.pid, "since": time.time(), "state": "starting"}
        self._output = asyncio.create_task(self._read_output(self._process))
        # The reader is kept too: asyncio closes a connection whose reader nobody refers to.
        self._reader, self._channel = await asyncio.open_connection(sock=host_end)
        if await _line(self._reader) != _READY:
            await self._ended()
            raise WorkerFailed(f"worker {self.number} ended with exit status {self._process.returncode}")

    def go(self) -> None:
        """Let the worker accept connections."""
        assert self._channel is not None
        self._channel.write(_GO)
        self.status["state"] = "ready"

    async def keep_alive(self) -> None:
        """Replace the process whenever it ends, with growing pauses, until it is told to leave."""
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            await self._ended()
            if self._told_to_leave():
                return
            lived = time.time() - self.status["since"]
            backoff = FIRST_BACKOFF_SECONDS if lived > HEALTHY_AFTER_SECONDS else backoff
            self._log(f"worker {self.number} (pid {self.status['pid']}) ended unasked; replacing it in {backoff:g} s")
            restarts = self.status["restarts"] + 1
            self.status = {**self.status, "pid": None, "state": "waiting to restart", "restarts": restarts}
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)
            if self._told_to_leave():
                return
            try:
                await self.start()
                self.go()
            except (WorkerFailed, OSError) as error:
                self._log(f"worker {self.number} could not be replaced: {error}")

    async def leave(self, drain_seconds: float) -> None:
        """Let the process drain, and kill it where that takes longer than `drain_seconds`."""
        self._leaving = True
        if self._process is None or self._process.returncode is not None:
            return
        _signal(self._process, signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), drain_seconds)
        except TimeoutError:
            self._log(
                f"worker {self.number} (pid {self._process.pid}) did not drain within {drain_seconds:g} s; killed"
            )
            await self.kill()
        await self._ended()

    async def kill(self) -> None:
        """End the process at once."""
        self._leaving = True
        if self._process is not None and self._process.returncode is None:
            _signal(self._process, signal.SIGKILL)
            await self._ended()

    def _told_to_leave(self) -> bool:
        return self._leaving

    async def _ended(self) -> None:
        """Wait for the end of the process and of its output."""
        if self._process is None:
            return
        await self._process.wait()
        if self._output is not None:
            await asyncio.wait([self._output], timeout=1)  # a child of the worker may hold the pipe open
        if self._channel is not None:
            self._channel.close()

    async def _read_output(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while chunk := await process.stdout.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(line)
            if len(rest) > 65536:
                self._take(rest)
                rest = b""
        if rest:
            self._take(rest)

    def _take(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self.tail.append(text)
        self._log(f"worker {self.number} | {text}")

    def _command(self, channel: socket.socket) -> list[str]:
        listen, host = str(self._listener.fileno()), str(channel.fileno())
        runtime = ["-m", "modelberth_serving", "serve", "--listen-fd", listen, "--host-fd", host]
        return [self._order["python"], *runtime]

    def _environment(self) -> dict[str, str]:
        release, scratch = Path(self._order["release"]), self._folder.scratch
        metrics = scratch / f"metrics-{self._order['nonce']}"
        metrics.mkdir(exist_ok=True)
        return {
            **self._order["env"],
            DIRECTORY_VARIABLE: str(self._folder.path),
            "MODELBERTH_BUNDLE": str(release / "bundle"),
            "MODELBERTH_RELEASE": self._order["nonce"],
            "PYTHONPATH": str(release / "runtime"),
            "PYTHONUNBUFFERED": "1",
            "BENTOML_HOME": str(scratch / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "true",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except ProcessLookupError:
        return
