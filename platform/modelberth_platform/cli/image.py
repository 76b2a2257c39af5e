"""`modelberth image build` and `check` build an image of a bundle and try one out."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.resolve import Trust
from modelberth_platform.cli.console import errors, output, print_checks, print_facts, print_json, size
from modelberth_platform.image import PLATFORMS, ImageError, recipe_of

app = typer.Typer(help="Build images and try them out.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


@app.command("build")
def build_image(
    reference: Annotated[str, typer.Argument(help="What bundle= takes: a name, NAME:VERSION, a folder, a model file…")],
    repository: Annotated[
        str | None, typer.Option(help="The image's repository; the bundle's name by default.")
    ] = None,
    platform: Annotated[
        str, typer.Option(help=f"The platform of the target: {' or '.join(PLATFORMS)}.")
    ] = "linux/amd64",
    base: Annotated[str | None, typer.Option(help="The base image, instead of the one that the bundle names.")] = None,
    build_base: Annotated[
        str | None, typer.Option(help="The image of the build stage, which may have certificates and a package index.")
    ] = None,
    network: Annotated[
        str | None, typer.Option(help="The container engine's network for the build, such as host.")
    ] = None,
    push: Annotated[bool, typer.Option(help="Push the image, and print its name by digest.")] = False,
    trust: Annotated[Trust | None, typer.Option(help="pickle: take whatever a pickled model file imports.")] = None,
    context: Annotated[Path | None, typer.Option(help="Only write the build context to this new folder.")] = None,
    as_json: Json = False,
) -> None:
    """Build the image of a bundle. Its tag is its release digest, so an image that exists is not built again."""
    from modelberth_platform.image import engine
    from modelberth_platform.image.context import write_context

    recipe = recipe_of(resolve(reference, trust=trust), platform=platform, base=base, build_image=build_base)
    if context is not None:
        if context.exists():
            raise ImageError(f"{context} exists already; name a new folder")
        output.print(str(write_context(recipe, context)), markup=False)
        return
    tag = f"{repository or recipe.facts.name}:{recipe.tag}"
    started = time.monotonic()
    fresh = not engine.present(tag)
    if fresh:
        scratch = Path(tempfile.mkdtemp(prefix="modelberth-image-"))
        try:
            with errors.status("writing the build context") as progress:
                folder = write_context(recipe, scratch / "context")
                engine.build(folder, tag, platform=recipe.platform, network=network, say=progress.update)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    pushed = engine.push(tag) if push else None
    size_bytes = engine.inspect(tag)["Size"]
    if as_json:
        print_json({"image": tag, "pushed": pushed, "release": recipe.release, "fresh": fresh, "size": size_bytes})
        return
    output.print(f"{'built' if fresh else 'unchanged'} [bold]{tag}[/] in {time.monotonic() - started:.1f} s")
    facts = {"release": recipe.release, "bundle": recipe.facts.digest, "base": recipe.base}
    print_facts(
        {**facts, "platform": recipe.platform, "size": size(size_bytes), **({"pushed": pushed} if pushed else {})}
    )
    if recipe.base_digest is None:
        errors.print(
            f"the base image {recipe.base} is not named by digest (…@sha256:…), so what it holds can change unnoticed",
            style="yellow",
            markup=False,
        )


@app.command("check")
def check(
    image: Annotated[str, typer.Argument(help="An image that the container engine has.")],
    target: Annotated[str, typer.Option(help="The target whose rules apply: sagemaker, lambda or ecs.")] = "sagemaker",
    memory_mb: Annotated[
        int | None,
        typer.Option(
            help="The container's memory in MiB; a usual size of the target by default. Lambda's CPU follows."
        ),
    ] = None,
    timeout_seconds: Annotated[
        float | None, typer.Option(help="The time that an answer may take; a usual one of the target by default.")
    ] = None,
    api: Annotated[str | None, typer.Option(help="The API to call; required if the bundle has several.")] = None,
    body: Annotated[str | None, typer.Option(help="The request body to send; the API's example by default.")] = None,
    platform: Annotated[str | None, typer.Option(help="The platform of the target, such as linux/arm64.")] = None,
    as_json: Json = False,
) -> None:
    """Start an image under a target's rules and print what the target would refuse."""
    from modelberth_platform.image.check import check_image
    from modelberth_platform.image.rules import RULES

    with errors.status(f"trying it out as {target} would"):
        checks = check_image(
            image, target, memory_mb=memory_mb, timeout_seconds=timeout_seconds, body=body, api=api, platform=platform
        )
    refused = [check for check in checks if check.outcome == "refused"]
    if as_json:
        print_json([vars(check) for check in checks])
    else:
        print_checks(checks, target)
        output.print(f"\nthe rules: {RULES[target].source}", style="dim")
    raise typer.Exit(1 if refused else 0)
