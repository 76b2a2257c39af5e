"""Provides uv: the one on PATH, else the official installer's, else the wheel of the package index."""

from __future__ import annotations

import hashlib
import html.parser
import io
import os
import platform
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

from setup_support import SetupError, dotted, fetched, filled_once, say, tools_cache, version_of

OLDEST = (0, 9, 0)
PINNED = "0.13.9"
INSTALLER = f"https://astral.sh/uv/{PINNED}/install.sh"


def ensure_uv() -> Path:
    """The path of uv.

    Raises:
        SetupError: it is not there and cannot be installed.
    """
    on_path = shutil.which("uv")
    if on_path and (version_of([on_path, "--version"]) or ()) >= OLDEST:
        return Path(on_path)
    folder = tools_cache() / f"uv-{PINNED}"
    with filled_once(folder) as filling:
        if filling is not None:
            say(f"no uv of version {dotted(OLDEST)} or later on PATH; installing {PINNED} into {folder}")
            if not _by_installer(filling):
                say("the official installer cannot be reached; taking the wheel from the package index")
                _from_index(filling)
    return folder / "uv"


def _by_installer(folder: Path) -> bool:
    script = fetched(INSTALLER)
    if script is None:
        return False
    environment = {**os.environ, "UV_UNMANAGED_INSTALL": str(folder)}
    return subprocess.run(["sh"], input=script, env=environment, capture_output=True, check=False).returncode == 0


def _from_index(folder: Path) -> None:
    """Take uv out of its wheel, a zip archive: Debian's bare python3 has neither pip nor venv."""
    index = os.environ.get("UV_INDEX_URL") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    page = f"{index.rstrip('/')}/uv/"
    try:
        with urllib.request.urlopen(page, timeout=60) as response:
            links = _Links(response.read().decode())
        url = next((link for link in links.targets if _fits(link)), None)
        if url is None:
            raise SetupError(f"{page} has no wheel of uv {PINNED} for this machine. {_REMEDY}")
        address, _, expected = urllib.parse.urljoin(page, url).partition("#sha256=")
        with urllib.request.urlopen(address, timeout=300) as response:
            wheel = response.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise SetupError(f"uv could not be installed: {page} cannot be reached ({error}). {_REMEDY}") from None
    if hashlib.sha256(wheel).hexdigest() != expected:
        raise SetupError(f"the wheel {address} is not what the index says it is (sha256 differs); not installed")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for member in archive.namelist():
            if member.endswith((".data/scripts/uv", ".data/scripts/uvx")):
                program = folder / Path(member).name
                program.write_bytes(archive.read(member))
                program.chmod(0o755)


_REMEDY = "Install uv by hand: https://docs.astral.sh/uv/getting-started/installation"


def _fits(link: str) -> bool:
    name = link.partition("#")[0].rpartition("/")[2]
    machine = {"amd64": "x86_64", "aarch64": "arm64" if platform.system() == "Darwin" else "aarch64"}
    processor = machine.get(platform.machine().lower(), platform.machine().lower())
    system = "macosx" if platform.system() == "Darwin" else "musllinux" if _musl() else "manylinux"
    return name.startswith(f"uv-{PINNED}-") and name.endswith(f"{processor}.whl") and system in name


def _musl() -> bool:
    return platform.system() == "Linux" and platform.libc_ver()[0] != "glibc"


class _Links(html.parser.HTMLParser):
    """The links of an index page (https://peps.python.org/pep-0503/)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [value for name, value in attrs if tag == "a" and name == "href" and value]
