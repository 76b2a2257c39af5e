"""Copies releases to disk: the bundle with its models and the serving runtime, below the endpoint's folder.

Due to this copy, an endpoint goes on running when the Bento is deleted from the store or modelberth is upgraded.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.layout import copy_bundle, copy_tree
from modelberth_platform.bundle.read import read_bento
from modelberth_platform.bundle.resolve import located
from modelberth_platform.paths import filled_once
from modelberth_platform.runtime import runtime_digest, runtime_folder
from modelberth_platform.targets.local.folder import Folder


def release_digest(bundle_digest: str) -> str:
    """The digest, `sha256:…`, of the bundle together with the serving runtime of this version of modelberth."""
    return "sha256:" + hashlib.sha256(f"{bundle_digest}\n{runtime_digest()}".encode()).hexdigest()


def materialise(folder: Folder, bundle_digest: str, release: str) -> Path:
    """Copy the release into the endpoint's folder, unless it is there, and return its own folder.

    Raises:
        BundleError: the bundle can no longer be found, or is no longer what the program saw.
    """

    def fill(temporary: Path) -> None:
        source, home = located(bundle_digest)
        copy_bundle(source, home, temporary / "bundle")
        copy_tree(runtime_folder(), temporary / "runtime" / "modelberth_serving")
        digest = read_bento(temporary / "bundle", home).digest
        if digest != bundle_digest:
            raise BundleError(
                f"the bundle in {source} changed while it was deployed ({bundle_digest} is now {digest}); run again"
            )

    return filled_once(release_folder(folder, release), fill)


def release_folder(folder: Folder, release: str) -> Path:
    """The folder of a release of the endpoint, whether it is there or not."""
    return folder.releases / release.removeprefix("sha256:")[:16]


def prune(folder: Folder, keep: Collection[Path]) -> None:
    """Remove all releases of the endpoint but those whose folders are in `keep`."""
    if folder.releases.is_dir():
        for release in folder.releases.iterdir():
            if release not in keep:
                shutil.rmtree(release, ignore_errors=True)
