"""One line of what a check found."""

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
