"""What checks found: of a declaration or an image before it is deployed, and of the machine it is deployed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "refused", "warning", "left out"]


@dataclass(frozen=True)
class Check:
    """One line of the result.

    Attributes:
        name: what was looked at.
        outcome: `refused` is what the target would not take.
        found: in words.
        rule: what the target wants.
    """

    name: str
    outcome: Outcome
    found: str
    rule: str


@dataclass(frozen=True)
class Finding:
    """What `modelberth doctor` found of one thing on this machine.

    Attributes:
        name: of the thing.
        ok: whether it is there and fit.
        needed: whether nothing works without it.
        found: in words.
        remedy: how to get it; empty where it is there.
    """

    name: str
    ok: bool
    needed: bool
    found: str
    remedy: str = ""
