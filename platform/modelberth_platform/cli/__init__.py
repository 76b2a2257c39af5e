"""The `modelberth` command: one file a subcommand.

Exit codes: 0 done; 1 what was asked for failed, or what was looked at is not well; 2 the call's words are off.
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
