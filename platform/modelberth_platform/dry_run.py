"""Runs a Pulumi program without an engine: `python -m modelberth_platform.dry_run STACK` in the program's folder.

It prints one JSON document, which says what the program's endpoints record, and what is wrong with the first of them
that cannot be stood up. Nothing is created, and neither a plugin nor a cloud is asked.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from modelberth_platform.bundle.layout import read_yaml
from modelberth_platform.bundle.pins import StackFile
from modelberth_platform.errors import UserError
from modelberth_platform.spec import DeclarationError

_ACCOUNT, _REGION = "000000000000", "region"
_COMPONENT_TYPES = "modelberth:index:"


class _Account(pulumi.runtime.Mocks):
    """Answers like an account in which everything succeeds, and notes the endpoints that are declared."""

    def __init__(self) -> None:
        self.endpoints: list[dict[str, Any]] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ.startswith(_COMPONENT_TYPES):
            kind = args.typ.removeprefix(_COMPONENT_TYPES)
            self.endpoints.append({"component": kind, "name": args.name, "recorded": dict(args.inputs)})
        return args.name, dict(args.inputs)

    def call(self, args: MockCallArgs) -> Any:
        arn = f"arn:aws:iam::{_ACCOUNT}:root"
        return {"accountId": _ACCOUNT, "arn": arn, "region": _REGION, "id": _REGION, "userName": "", "password": ""}


def run(folder: Path, stack: str) -> dict[str, Any]:
    """Run the program in the folder with the configuration of that stack.

    Returns:
        `endpoints`: each with its `component` (class name), its `name` and what it has `recorded`; `problems`: those of
        the first endpoint that cannot be stood up, none where all can.

    Raises:
        UserError: there is no such program or stack.
    """
    project = str(read_yaml(folder / "Pulumi.yaml")["name"])
    account = _Account()
    pulumi.runtime.set_mocks(account, project=project, stack=stack, preview=True)  # what only `up` knows stays unknown
    pulumi.runtime.set_all_config({key: _text(value) for key, value in StackFile(folder, stack).config.items()})
    problems: list[str] = []
    try:
        run_on_mocks: Any = pulumi.runtime.test
        run_on_mocks(lambda: runpy.run_path(str(folder / "__main__.py"), run_name="__main__"))()
    except DeclarationError as error:
        problems = [f"{error.name}: {problem}" for problem in error.problems]
    return {"endpoints": account.endpoints, "problems": problems}


def _text(value: Any) -> str:
    """A value of the configuration as Pulumi hands it to a program; an encrypted one is replaced by `secret`."""
    if isinstance(value, dict) and set(value) == {"secure"}:
        return "secret"
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    try:
        print(json.dumps(run(Path.cwd(), sys.argv[1])))
    except UserError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
    except Exception as problem:  # a program may raise anything
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)
