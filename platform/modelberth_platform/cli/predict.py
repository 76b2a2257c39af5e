"""`modelberth predict` sends one request to an endpoint, of this machine or of a stack."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.example import example_request
from modelberth_platform.bundle.facts import Api
from modelberth_platform.bundle.pins import StackFile
from modelberth_platform.cli.console import errors, print_json
from modelberth_platform.cli.stack import Cwd, StackOption
from modelberth_platform.cli.stack import endpoint as stack_endpoint
from modelberth_platform.connect import client
from modelberth_platform.errors import UserError
from modelberth_platform.targets.local.record import find_record
from modelberth_platform.targets.registry import target_named
from modelberth_platform.targets.served import ServedEndpoint


def predict(
    name: Annotated[str, typer.Argument(help="The endpoint's name.")],
    stack: StackOption = None,
    cwd: Cwd = Path(),
    body: Annotated[
        str | None, typer.Option("--json", help="The request body; - reads it from standard input.")
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(help="A file with the body, or FIELD=PATH to upload one; may be given several times."),
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Send the API's example, and print it.")] = False,
    api: Annotated[str | None, typer.Option(help="The API to call; the declared one by default.")] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="MODELBERTH_TOKEN", help="The token to bear, where the endpoint's access is jwt."),
    ] = None,
) -> None:
    """Send one request and print the answer as JSON."""
    sources = sum([body is not None, bool(file), example])
    if sources != 1 and not (sources == 2 and not example):
        raise typer.BadParameter("give --json, --file or --example", param_hint="predict")
    url, declared = _declared(name, stack, cwd)
    request = example_request(_described(declared(), api)) if example else _request(body, file or [])
    if example:
        errors.print(f"POST {url}", style="dim", markup=False)
        errors.print(json.dumps(request), style="dim", markup=False, soft_wrap=True)
    with client(url, token=token) as endpoint:
        answer = endpoint.call(api, request) if api else endpoint.predict(request)
    if isinstance(answer, bytes):
        sys.stdout.buffer.write(answer)
    elif isinstance(answer, str):
        print(answer, end="" if answer.endswith("\n") else "\n")
    else:
        print_json(answer)


def _declared(name: str, stack: str | None, cwd: Path) -> tuple[str, Callable[[], Api]]:
    """The endpoint's URL, and a function that gives its declared API; reading that may be slow."""
    if stack is None:
        _, record = find_record(name)
        return record.url, lambda: record.api
    endpoint = stack_endpoint(cwd, stack, name)
    return target_named(endpoint.target).url(endpoint), lambda: _api_of_bundle(endpoint, cwd)


def _api_of_bundle(endpoint: ServedEndpoint, cwd: Path) -> Api:
    """The declared API, described by the bundle, which must be on this machine or in the stack's store."""
    if "image" in endpoint.inputs:
        raise UserError(f"{endpoint.name} serves an image, of which no example is known; give the body with --json")
    store = StackFile(cwd, endpoint.stack).store
    facts = resolve(f"{endpoint.bundle['name']}@{endpoint.bundle['digest']}", store_url=store).facts
    return facts.api(str(endpoint.inputs["api"]))


def _described(declared: Api, other: str | None) -> Api:
    if other is not None and other != declared.name:
        raise UserError(
            f"--example knows the declared API {declared.name!r} only; give the body of {other!r} with --json"
        )
    return declared


def _request(body: str | None, files: list[str]) -> Any:
    request = _parsed(sys.stdin.read() if body == "-" else body, "--json") if body is not None else {}
    for text in files:
        field, separator, path = text.partition("=")
        if separator and not Path(text).is_file():
            request[field] = _existing(path)
        elif request:
            raise UserError(
                f"--file {text} is a whole body, but there is one already; give FIELD=PATH to upload a file"
            )
        else:
            request = _parsed(_existing(text).read_text(), text)
    return request


def _existing(path: str) -> Path:
    if not Path(path).is_file():
        raise UserError(f"there is no file {path}")
    return Path(path)


def _parsed(text: str | None, where: str) -> Any:
    try:
        return json.loads(text or "")
    except ValueError as error:
        raise UserError(f"{where} is not JSON: {error}") from None
