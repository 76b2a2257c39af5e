"""Write docs/targets.md from the targets' own records: `make docs`. A test holds the page to what this writes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from modelberth_platform.spec import ManagedEndpointSpec, SelfHostedEndpointSpec
from modelberth_platform.targets.registry import TARGETS
from modelberth_platform.targets.support import Degree
from modelberth_platform.targets.target import Target

PAGE = Path(__file__).parent.parent / "docs" / "targets.md"
COMPONENTS: dict[str, type[BaseModel]] = {
    "ManagedEndpoint": ManagedEndpointSpec,
    "SelfHostedEndpoint": SelfHostedEndpointSpec,
}
HEAD = """\
# Targets

A target is where an endpoint runs. The stack's configuration (`modelberth:cloud`), the component and its `runtime`
decide which one it is; the program stays the same. This page is written from the targets' own records by `make docs`.

{targets}

## Which argument works where

*yes*: the target does it. *recorded*: it belongs to other targets; it is checked and recorded, has no effect here, and
one line of `pulumi preview` says so. *refused*: the declaration fails at once, with the reason. *-*: no component that
the target serves has it. What a target cannot do in combination (a limit) is refused too, with the page of the
provider's documentation: `modelberth:check_clouds: [aws]`, or the names of targets, tells it on every other target.

{arguments}
"""


def page() -> str:
    """The page's text."""
    return HEAD.format(targets=_table(_targets()), arguments=_table(_arguments()))


def _targets() -> Iterator[list[str]]:
    yield ["target", "is", "`modelberth:cloud`", "serves", "installed with"]
    for target in TARGETS:
        serves = f"`{target.component}`" if target.component else "every component"
        runtime = f" with `runtime={target.runtime!r}`" if target.runtime else ""
        extra = f"`modelberth[{target.extra}]`" if target.extra else "`modelberth`"
        yield [f"`{target.name}`", target.title, f"`{target.cloud}`", serves + runtime, extra]


def _arguments() -> Iterator[list[str]]:
    yield ["argument", *(f"`{target.name}`" for target in TARGETS)]
    fields = dict.fromkeys(field for spec in COMPONENTS.values() for field in spec.model_fields)
    for field in fields:
        pieces = {path for target in TARGETS for path in target.support.named if path.startswith(f"{field}.")}
        for path in (field, *sorted(pieces)):
            yield [f"`{path}`", *(_cell(target, path) for target in TARGETS)]


def _cell(target: Target, path: str) -> str:
    served = [spec for name, spec in COMPONENTS.items() if target.component in (None, name)]
    if not any(path.partition(".")[0] in spec.model_fields for spec in served):
        return "-"
    degree = target.support.of(path)
    if degree is Degree.REFUSED:
        return f"refused: {target.support.why(path)}"
    return "yes" if degree is Degree.HONOURED else "recorded"


def _table(rows: Iterator[list[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE.name, file=sys.stderr)
