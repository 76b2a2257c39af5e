"""The bundle store: bundles for every stack and machine, at any URL that fsspec knows (a folder, `s3://…`).

    STORE/NAME/<digest>.tar      the bundle with its models
    STORE/NAME/<digest>.json     its facts, so that a preview downloads no model

The digest is the bundle's own, made of its content. What is read from the store is checked against it.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from modelberth_platform.bundle.archive import unpack
from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.facts import BundleFacts
from modelberth_platform.bundle.layout import copy_bundle, files_below
from modelberth_platform.bundle.read import read_bento
from modelberth_platform.paths import cache_root, filled_once


class RemoteStore:
    """The bundle store at a URL.

    Raises:
        BundleError: no installed package can open such a URL.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        with _explained(self.url):
            import fsspec.core  # 50 ms that only those pay who use a store

            self._files: Any
            self._files, root = fsspec.core.url_to_fs(self.url)
        self._root = root.rstrip("/")
        if not self._root:
            raise BundleError(
                f"the bundle store {url} names no place; give a folder or s3://BUCKET/PREFIX, for example"
            )

    def has(self, name: str, digest: str) -> bool:
        """Whether the whole bundle is in the store; its facts are written last."""
        with _explained(self.url):
            return bool(self._files.exists(self._path(name, digest, "json")))

    def push(self, folder: Path, home: Path, facts: BundleFacts) -> bool:
        """Put a bundle into the store; return False if it was there already.

        Raises:
            BundleError: the store cannot be written.
        """
        if self.has(facts.name, facts.digest):
            return False
        with tempfile.TemporaryDirectory(prefix="modelberth-push-") as scratch, _explained(self.url):
            whole, archive = Path(scratch) / "bundle", Path(scratch) / "bundle.tar"
            copy_bundle(folder, home, whole)
            _pack(whole, archive)
            self._files.makedirs(f"{self._root}/{facts.name}", exist_ok=True)
            self._upload(archive, self._path(facts.name, facts.digest, "tar"))
            self._files.pipe_file(self._path(facts.name, facts.digest, "json"), facts.model_dump_json().encode())
        return True

    def facts(self, name: str, digest: str) -> BundleFacts:
        """The facts of a bundle in the store; `digest` may be the beginning of its digest.

        Raises:
            BundleError: it is not in the store, or the store cannot be read.
        """
        with _explained(self.url):
            digests = self._digests(name)
            matches = [full for full in digests if full.startswith(digest)]
            if len(matches) != 1:
                problem = "fits several bundles" if matches else "is not"
                listed = ", ".join(sorted(digests)[:5]) or f"no {name!r} at all"
                raise BundleError(f"{name}@{digest} {problem} in the store {self.url}; there is {listed}")
            whole = matches[0]
            content = self._files.cat_file(self._path(name, whole, "json"))
        try:
            facts = BundleFacts.model_validate_json(content)
        except ValidationError as error:
            raise BundleError(f"the facts of {name}@{whole} in {self.url} are damaged: {error}") from None
        if (facts.name, facts.digest) != (name, whole):
            raise BundleError(f"the facts of {name}@{whole} in {self.url} are those of {facts.name}@{facts.digest}")
        return facts

    def pull(self, name: str, digest: str) -> Path:
        """Return the folder of a bundle in the cache, after fetching it unless it is there.

        Raises:
            BundleError: it is not in the store, or is not what its name says.
        """
        folder = cache_root() / "pulled" / digest.removeprefix("sha256:")
        return filled_once(folder, lambda content: self._fetch(name, digest, content))

    def _fetch(self, name: str, digest: str, content: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="modelberth-pull-") as scratch:
            archive = Path(scratch) / "bundle.tar"
            with _explained(self.url):
                self._files.get_file(self._path(name, digest, "tar"), str(archive))
            unpack(archive, content)
        fetched = read_bento(content, content).digest
        if fetched != digest:
            raise BundleError(f"{name}@{digest} in {self.url} is damaged: its content is {fetched}; push it again")

    def _digests(self, name: str) -> list[str]:
        try:
            listed = self._files.ls(f"{self._root}/{name}", detail=False)
        except FileNotFoundError:
            return []
        return [f"sha256:{Path(path).stem}" for path in listed if path.endswith(".json")]

    def _path(self, name: str, digest: str, kind: str) -> str:
        return f"{self._root}/{name}/{digest.removeprefix('sha256:')}.{kind}"

    def _upload(self, archive: Path, target: str) -> None:
        # Written under another name first: a reader must not find half of it, and copying into a folder is not atomic.
        partial = f"{target}.partial"
        self._files.put_file(str(archive), partial)
        self._files.mv(partial, target)


def _pack(folder: Path, archive: Path) -> None:
    """Write a tar of the folder's files, in order and without owners and times."""
    with tarfile.open(archive, "w") as tar:
        for relative, path in files_below(folder):
            member = tarfile.TarInfo(relative)
            member.size = path.stat().st_size
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                tar.addfile(member, content)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn what a store's library raises into words; they share no exception but `Exception`."""
    try:
        yield
    except BundleError:
        raise
    except ImportError as error:
        raise BundleError(f"the store {url} needs a package that is not installed: {error}") from None
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise BundleError(f"the bundle store {url} cannot be used: {reason}; see modelberth:store") from None
