"""Which machine this is: an endpoint on `local` belongs to the one that started it."""

from __future__ import annotations

import platform

from modelberth_platform.targets.local.errors import LocalError


def machine_name() -> str:
    """This machine's name."""
    return platform.node()


def refuse_other_machine(name: str, recorded: str) -> None:
    """Refuse to touch an endpoint of another machine.

    Raises:
        LocalError: it was started elsewhere.
    """
    if recorded and recorded != machine_name():
        raise LocalError(
            f"the endpoint {name!r} of this stack runs on the machine {recorded!r}, and this is {machine_name()!r}. "
            "Its processes cannot be reached from here. Run pulumi there, use a stack of your own (pulumi stack init), "
            "or, if that machine is gone, take its resources out of the state with pulumi state delete"
        )
