"""Knows which machine this is, since an endpoint on `local` belongs to the machine that started it."""

from __future__ import annotations

import platform

from modelberth_platform.targets.local.errors import LocalError


def machine_name() -> str:
    """The name of this machine in its network."""
    return platform.node()


def refuse_other_machine(name: str, recorded: str) -> None:
    """Refuse to touch an endpoint that another machine started.

    Raises:
        LocalError: the endpoint was started on another machine.
    """
    if recorded and recorded != machine_name():
        raise LocalError(
            f"the endpoint {name!r} of this stack runs on the machine {recorded!r}, and this is {machine_name()!r}. "
            "Its processes cannot be reached from here. Run pulumi there, use a stack of your own (pulumi stack init), "
            "or, if that machine is gone, take its resources out of the state with pulumi state delete"
        )
