"""`modelberth new` writes a new service, as a team's repository holds it, which works at once."""

from __future__ import annotations

import keyword
import os
import re
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import jinja2
import typer

from modelberth_platform.cli.console import output
from modelberth_platform.errors import UserError


def new(
    name: Annotated[str, typer.Argument(help="The service's name: lower-case letters, digits and hyphens.")],
    directory: Annotated[Path | None, typer.Option(help="The folder to write it to; ./NAME by default.")] = None,
) -> None:
    """Write a new service: its program, its Bento with a small real model, its tests and a README."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 40:
        raise UserError(
            f"{name!r} cannot be a service's name; use lower-case letters, digits and single hyphens, at most 40"
        )
    target = directory or Path(name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} exists already and is not empty; nothing was written")
    values = {"name": name, "class_name": _class_name(name), "virtualenv": _virtualenv(target.resolve())}
    written = _write(files("modelberth_platform.cli") / "template", target, values)
    for path in written:
        output.print(f"  {path}", markup=False)
    output.print(
        f"\nNow, in {target}:\n  modelberth bundle build\n  pulumi stack init dev\n  pulumi up\n", markup=False
    )


def _write(template: Traversable, target: Path, values: dict[str, str | None]) -> list[Path]:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - no HTML
    written = []
    for entry in sorted(template.iterdir(), key=lambda entry: entry.name):
        path = target / entry.name.removesuffix(".jinja")
        if entry.is_dir():
            written += _write(entry, path, values)
        elif entry.name.endswith(".jinja"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(environment.from_string(entry.read_text()).render(values))
            written.append(path)
    return written


def _class_name(name: str) -> str:
    class_name = "".join(part.capitalize() for part in name.split("-"))
    return f"{class_name}Service" if keyword.iskeyword(class_name) else class_name


def _virtualenv(target: Path) -> str | None:
    """The path of the running virtual environment, relative to the new folder where both are in one repository."""
    environment = Path(sys.prefix)
    if sys.prefix == sys.base_prefix:
        return None
    repository = environment.parent
    return os.path.relpath(environment, target) if target.is_relative_to(repository) else str(environment)
