"""Gives the interpreter's stack of frames room, so that no loop calls functions across the border of two chunks of it.

From Python 3.11 on, frames lie in chunks of 16 KiB. A call that no longer fits gets a new chunk from the operating
system, and returning from it gives the chunk back. Where a loop happens to run at that depth, each of its calls costs
two system calls and a page fault: importing SciPy may take 0.2 s longer for it, or a request 10 µs for each call. A
chunk is as large as its first frame asks, so everything here is called from a frame that claims to need much.
"""

from __future__ import annotations

import contextlib
import typing as t

T = t.TypeVar("T")

_SLOTS = 2**17
"""What the frame claims: 1 MiB in slots of 8 bytes. Its chunk is the next power of two, of which the rest is for the
frames above; memory that no frame touches is never taken."""


def with_room(function: t.Callable[[], T]) -> T:
    """Call a function whose calls, down to a depth of thousands, all lie in one chunk."""

    def call() -> T:
        return function()

    with contextlib.suppress(ValueError, OverflowError):  # an interpreter may have a limit some day
        call.__code__ = call.__code__.replace(co_stacksize=_SLOTS)
    return call()
