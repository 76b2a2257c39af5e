"""Reads `.bento` archives, which `bentoml export` writes: each is checked whole, then extracted into a cache."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.paths import cache_root, filled_once


def extracted(archive: Path) -> Path:
    """The folder in the cache with the archive's content; of an archive that is refused nothing is left there.

    Raises:
        BundleError: it is no tar archive, is cut off, or has a member that leads out of it.
    """
    with archive.open("rb") as file:
        folder = cache_root() / "archives" / hashlib.file_digest(file, "sha256").hexdigest()
    return _bento_inside(archive, filled_once(folder, lambda content: unpack(archive, content)))


def unpack(archive: Path, folder: Path) -> None:
    """Extract an archive, after all of its members were found to be plain files and folders inside it.

    Raises:
        BundleError: it is no tar archive, is cut off, or has a member that leads out of it.
    """
    try:
        with tarfile.open(archive, mode="r:*") as tar:
            members = tar.getmembers()
            for member in members:
                _refuse_unsafe(archive, member)
            for member in members:
                _write(tar, member, folder / member.name)
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, OSError) as error:
        raise BundleError(
            f"{archive} cannot be read as a .bento archive ({error}); it is damaged, cut off or something else. "
            f"Write it again with: bentoml export NAME:VERSION {archive.name}"
        ) from None


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Write a member's content and whether it is executable; owners, times and special bits stay behind."""
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)


def _refuse_unsafe(archive: Path, member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        reason = "leads out of the archive"
    elif member.issym() or member.islnk():
        reason = f"is a link (to {member.linkname})"
    elif not (member.isfile() or member.isdir()):
        reason = "is neither a file nor a folder"
    else:
        return
    raise BundleError(
        f"{archive} is refused: its member {member.name!r} {reason}. An archive written by bentoml export holds plain "
        "files and folders only"
    )


def _bento_inside(archive: Path, folder: Path) -> Path:
    bentos = [path.parent for path in (folder / "bento.yaml", *folder.glob("*/bento.yaml")) if path.is_file()]
    if len(bentos) != 1:
        raise BundleError(f"{archive} holds no bento.yaml: it is an archive, but not of a Bento")
    return bentos[0]
