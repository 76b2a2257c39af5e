"""Runs all benchmarks: `python -m benchmarks [--rounds N] [--seconds N]`."""

from __future__ import annotations

import argparse
import platform
import shutil
import statistics
import sys

import psutil
from rich.console import Console

from benchmarks.machine import ROOT, machine

SERVICES = {
    "services/digits": "classify",
    "services/tumor": "diagnose",
    "benchmarks/trees": "echo",
    "benchmarks/scores": "score",
}
"""The services that are measured, with the API that is called."""


def main() -> int:
    """Build the bundle, measure it and print the results."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of every measurement, medians printed")
    parser.add_argument("--seconds", type=int, default=5, help="of load in each measurement")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print(
            "wrk, which makes the load, is not on PATH: apt-get install wrk, or brew install wrk",
            file=sys.stderr,
        )
        return 1
    console = Console(highlight=False, width=160)
    with machine() as root:
        from benchmarks import clouds, commands, images, serving
        from modelberth_platform.bundle.build import build

        cores = f"{psutil.cpu_count()} cores shared with the load"
        console.print(f"{platform.platform()}, {cores}, Python {platform.python_version()}")
        for source, api in SERVICES.items():
            bundle = build(ROOT / source).bundle
            console.print(f"{source}, API {api}: one worker each, {options.rounds} rounds, medians\n")
            contenders = serving.measure(bundle, bundle.facts.api(api), root, options.rounds, options.seconds)
            serving.report(console, contenders)
            serving.memory(console, bundle, bundle.facts.api(api), root)
            console.print()
        digits = build(ROOT / "services" / "digits").bundle
        images.measure_and_report(console, digits, root, options.rounds)
        console.print()
        clouds.measure_and_report(console, digits, root, options.rounds)
        console.print()
        commands.measure_and_report(console, digits, root, options.rounds, statistics.median(contenders[0].starts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
