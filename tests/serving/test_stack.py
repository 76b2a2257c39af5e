"""Loops run as fast at any depth of calls: no border between two chunks of the interpreter's frames lies in the way."""

from __future__ import annotations

import mmap
import subprocess
import sys

from conftest import ROOT

SCRIPT = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from modelberth_serving.stack import with_room

exec("def leaf():\\n    " + " = ".join(f"local{number}" for number in range(40)) + " = None")

def at(depth):  # its frame is smaller than that of a leaf, so at some depth only the latter does not fit
    if depth:
        return at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(2000):
        leaf()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def worst():
    return max(at(depth) for depth in range(200))

print(worst(), with_room(worst), with_room(lambda: "its result"))
"""


def test_calls_at_any_depth_need_no_new_memory() -> None:
    """A chunk that is given back and taken anew shows as a page fault of each call, from Python 3.11 on."""
    command = [sys.executable, "-c", SCRIPT, str(ROOT / "platform")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(maxsplit=2)
    assert printed[2].strip() == "its result"
    assert int(printed[1]) < 100
    if sys.version_info >= (3, 11) and mmap.PAGESIZE == 4096:
        assert int(printed[0]) > 1000, "else the room is for nothing"
