"""Runs a Pulumi program without an engine: `python -m modelberth_platform.dry_run STACK` in the program's folder.

It prints one JSON document, which says what the program's endpoints record and which children they have, and what is
wrong with the first of them that cannot be stood up. Nothing is created, and neither a plugin nor a cloud is asked.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs

from modelberth_platform.aws.session import account_of, partition_of, provider_settings
from modelberth_platform.bundle.layout import read_yaml
from modelberth_platform.bundle.pins import StackFile
from modelberth_platform.errors import UserError
from modelberth_platform.planned import UNKNOWN
from modelberth_platform.spec import DeclarationError

_ACCOUNT, _REGION = "000000000000", "region"
"""Of a stack whose configuration names neither."""
_COMPONENT_TYPES = "modelberth:index:"
_RANDOM = "-0000000"
"""The end of the names that Pulumi would give: a program that makes other texts of them gets what looks like a name,
and what is told of it is a pattern."""


class _Account(pulumi.runtime.Mocks):
    """Answers like an account in which everything succeeds, and names what its program does not."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        settings = provider_settings(config)
        self._account, self._region = account_of(settings) or _ACCOUNT, settings.get("region") or _REGION
        self._partition = partition_of(self._region)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        name = f"{args.name}{_RANDOM}"
        names = {"name": name, "bucket": name.lower()} if args.custom else {}
        return args.name, {**names, **args.inputs}

    def call(self, args: MockCallArgs) -> Any:
        arn = f"arn:{self._partition}:iam::{self._account}:root"
        region = {"region": self._region, "id": self._region}
        return {"accountId": self._account, "arn": arn, **region, "userName": "", "password": ""}


class _Monitor(MockMonitor):
    """Notes the endpoints and their children: mocks are not told whose child a resource is."""

    def __init__(self, account: _Account) -> None:
        super().__init__(account)
        self.endpoints: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type.startswith(_COMPONENT_TYPES):
            kind, recorded = request.type.removeprefix(_COMPONENT_TYPES), rpc.deserialize_properties(request.object)
            self.endpoints[response.urn] = {
                "component": kind,
                "name": request.name,
                "recorded": recorded,
                "children": [],
            }
        elif request.custom and request.parent in self.endpoints:
            inputs = _told(rpc.deserialize_properties(request.object))
            child = {"type": request.type, "name": request.name, "inputs": inputs}
            self.endpoints[request.parent]["children"].append(child)
        return response


def _told(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs but for secrets, and for the code that Pulumi keeps in a dynamic provider's."""
    told = {key: _plain(value) for key, value in inputs.items() if not key.startswith("__")}
    return {key: value for key, value in told.items() if value is not None}


def _plain(value: Any) -> Any:
    """A value with `*` for what in it is unknown, and without what is secret."""
    if isinstance(value, pulumi.output.Unknown):
        return UNKNOWN
    if isinstance(value, dict):
        return None if rpc.is_rpc_secret(value) else _told(value)
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return value.replace(_RANDOM, f"-{UNKNOWN}")
    return value if isinstance(value, int | float | bool) else None


def run(folder: Path, stack: str) -> dict[str, Any]:
    """Run the program in the folder with the configuration of that stack.

    Returns:
        `endpoints`: each with its `component` (class name), its `name`, what it has `recorded` and its `children`;
        `problems`: those of the first endpoint that cannot be stood up, none where all can.

    Raises:
        UserError: there is no such program or stack.
    """
    project = str(read_yaml(folder / "Pulumi.yaml")["name"])
    config = {key: _text(value) for key, value in StackFile(folder, stack).config.items()}
    account = _Account(config)
    monitor = _Monitor(account)
    # In a preview, what only `up` knows stays unknown.
    pulumi.runtime.set_mocks(account, project=project, stack=stack, preview=True, monitor=monitor)
    pulumi.runtime.set_all_config(config)
    problems: list[str] = []
    try:
        run_on_mocks: Any = pulumi.runtime.test
        run_on_mocks(lambda: runpy.run_path(str(folder / "__main__.py"), run_name="__main__"))()
    except DeclarationError as error:
        problems = [f"{error.name}: {problem}" for problem in error.problems]
    return {"endpoints": list(monitor.endpoints.values()), "problems": problems}


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
