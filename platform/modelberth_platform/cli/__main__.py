"""Runs the command as `python -m modelberth_platform.cli`."""

from modelberth_platform.cli import main

main()
