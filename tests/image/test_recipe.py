"""The recipe and the build context of an image, without building one."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import BENTOS, Variant

from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.build import build
from modelberth_platform.image import ImageError, Recipe, recipe_of
from modelberth_platform.image.context import KEPT_CONTEXTS, forget_old_contexts, write_context
from modelberth_platform.image.wishes import wishes

BASE = "registry.example/python:3.11@sha256:" + "a" * 64


def fingerprint(folder: Path) -> str:
    """A digest of names, modes, times and content."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        stat = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.relative_to(folder)} {stat.st_mode:o} {int(stat.st_mtime)} ".encode() + content)
    return digest.hexdigest()


def edited(folder: Path, change: Callable[[dict[str, object]], None]) -> Path:
    description = folder / "bento.yaml"
    bento = yaml.safe_load(description.read_text())
    change(bento)
    description.write_text(yaml.safe_dump(bento))
    return folder


def test_the_same_content_gives_the_same_context(echo: Path, tmp_path: Path) -> None:
    first = recipe_of(resolve("echo"), base=BASE)
    again = build(BENTOS / "echo", force=True)
    assert again.bundle.folder != echo, "BentoML made up another version"
    second = recipe_of(again.bundle, base=BASE)
    assert first.release == second.release
    contexts = [write_context(recipe, tmp_path / name) for recipe, name in ((first, "a"), (second, "b"))]
    assert fingerprint(contexts[0]) == fingerprint(contexts[1])
    assert (tmp_path / "a" / "models").is_dir()


def test_models_are_readable_and_their_latest_is_named(digits_and_tumor: dict[str, str], tmp_path: Path) -> None:
    context = write_context(recipe_of(resolve("digits"), base=BASE), tmp_path / "context")
    (model,) = (context / "models" / "digits").glob("*/model.joblib")
    assert model.stat().st_mode & 0o777 == 0o644
    assert model.parent.stat().st_mode & 0o777 == 0o755
    assert (context / "models" / "digits" / "latest").read_text() == model.parent.name
    assert not (context / "bundle" / "models").exists()
    assert not (context / "bundle" / "env" / "docker").exists()


def test_what_makes_a_new_release(echo: Path, variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    def release(**changes: str) -> str:
        return recipe_of(resolve("echo"), **{"base": BASE, **changes}).release

    assert release() == release()
    assert release(base=BASE.replace("a", "b")) != release()
    assert release(build_image="registry.example/builder:1") != release()
    assert release(platform="linux/arm64") != release()
    other = recipe_of(resolve(str(variant("two"))), base=BASE).release
    assert other != release()
    before = release()
    monkeypatch.setattr("modelberth_platform.image.recipe.runtime_digest", lambda: "another runtime")
    assert release() != before


def test_an_unknown_platform(echo: Path) -> None:
    with pytest.raises(ImageError, match=r"'windows/amd64' is not built for; allowed: linux/amd64, linux/arm64"):
        recipe_of(resolve("echo"), platform="windows/amd64")


def test_what_a_bundle_asks_for(variant: Variant) -> None:
    def change(bento: dict[str, object]) -> None:
        bento["image"] = {
            "base_image": "python:3.12-slim",
            "python_version": "3.12",
            "commands": [
                "apt-get update && apt-get install -q -y --no-install-recommends --allow-remove-essential "
                "ca-certificates gnupg2 bash build-essential git",
                "apt-get update && apt-get install -q -y libgomp1",
            ],
            "post_commands": ["python -c 'import this'"],
        }
        bento["envs"] = [{"name": "THREADS", "value": 'a "$HOME" \\'}, {"name": "TOKEN"}]

    recipe = recipe_of(resolve(str(edited(variant("two"), change))))
    wishes = recipe.wishes
    assert wishes.commands == ("apt-get update && apt-get install -q -y libgomp1",), "no compilers in an image"
    assert wishes.env == {"THREADS": 'a "$HOME" \\'}
    assert (recipe.base, wishes.python) == ("python:3.12-slim", "3.12")
    lines = recipe.dockerfile.splitlines()
    assert r'ENV THREADS="a \"\$HOME\" \\"' in lines
    assert lines.count("RUN apt-get update && apt-get install -q -y libgomp1") == 2, "to build with and to run with"
    assert lines.index("RUN python -c 'import this'") > lines.index("COPY --from=build /bundle /bundle")
    assert "TOKEN" not in recipe.dockerfile


@pytest.mark.parametrize("name", ["Dockerfile.template", "setup_script"])
def test_what_cannot_be(variant: Variant, name: str) -> None:
    folder = variant("two")
    (folder / "env" / "docker" / name).write_text("FROM scratch")
    with pytest.raises(ImageError, match=r"has a (dockerfile_template|setup_script) of its own.*give image= instead"):
        wishes(folder)


def test_credentials_of_an_index_are_refused(variant: Variant) -> None:
    folder = variant("two")
    file = next((folder / "env" / "python").glob("requirements.*"))
    file.write_text("--index-url https://ann:s3cret@pypi.example/simple\n" + file.read_text())
    with pytest.raises(ImageError) as caught:
        wishes(folder)
    assert "names an index with credentials (pypi.example)" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_plain_index_is_kept(variant: Variant) -> None:
    folder = variant("two")
    file = next((folder / "env" / "python").glob("requirements.*"))
    file.write_text("--extra-index-url https://pypi.example/simple\n--index-url https://pypi.org/simple\nbentoml\n")
    assert wishes(folder).requirements == "--extra-index-url https://pypi.example/simple\nbentoml\n"


def test_a_value_over_several_lines(variant: Variant) -> None:
    folder = edited(variant("two"), lambda bento: bento.update(envs=[{"name": "A", "value": "1\n2"}]))
    with pytest.raises(ImageError, match="goes over several lines"):
        recipe_of(resolve(str(folder))).dockerfile  # noqa: B018


def test_a_context_is_written_whole_or_not_at_all(echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe: Recipe = recipe_of(resolve("echo"), base=BASE)
    monkeypatch.setattr(
        "modelberth_platform.image.context.copy_tree", lambda *_: (_ for _ in ()).throw(OSError("disk full"))
    )
    with pytest.raises(OSError, match="disk full"):
        write_context(recipe, tmp_path / "context")
    assert not any(tmp_path.iterdir())
    shutil.rmtree(tmp_path)


def test_old_contexts_go_but_the_last_used(tmp_path: Path) -> None:
    ages = {"fraud-1": 9, "fraud-2": 3, "fraud-3": 7, "fraud-4": 5, "fraud-5": 0.5, "fraud-eu-6": 9, ".filling-x": 9}
    for name, hours in ages.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").touch()
        os.utime(tmp_path / name, (0, time.time() - hours * 3600))
    forget_old_contexts(tmp_path / "fraud-1")
    assert {path.name for path in tmp_path.iterdir()} == {"fraud-1", "fraud-2", "fraud-5", "fraud-eu-6"}


def test_contexts_of_the_last_hour_stay(tmp_path: Path) -> None:
    for number in range(KEPT_CONTEXTS + 2):
        (tmp_path / f"fraud-{number}").mkdir()
    forget_old_contexts(tmp_path / "fraud-0")
    assert len(list(tmp_path.iterdir())) == KEPT_CONTEXTS + 2
