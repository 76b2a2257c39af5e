"""The `modelberth` command, with a module for each subcommand or group of them.

It exits with 0 when all is done, with 1 when it failed or when what it looked at is not well, and with 2 when its
arguments are wrong.
"""

from __future__ import annotations

import sys

from modelberth_platform.cli.app import app
from modelberth_platform.cli.console import errors
from modelberth_platform.errors import UserError


def main() -> None:
    """Run the command; errors meant for the user are printed without a traceback."""
    try:
        app()
    except UserError as error:
        errors.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
