"""Makes the `modelberth:images` of a stack whose images the tests' container engine builds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from image.conftest import ContainerEngine

from modelberth_platform.image import engine


def image_settings(container_engine: ContainerEngine, scratch: Path) -> dict[str, str]:
    """The base image and, where this machine has certificates of its own, a build stage that has them."""
    settings = {"base": container_engine.base, "network": "host"}
    certificates = os.environ.get("SSL_CERT_FILE")
    if certificates:
        settings["build_base"] = _with_certificates(container_engine, Path(certificates), scratch)
    return settings


def _with_certificates(container_engine: ContainerEngine, certificates: Path, scratch: Path) -> str:
    """An image for the build stage as a company would make it: the base image with the company's certificates."""
    context = scratch / "build-base"
    context.mkdir()
    shutil.copy(certificates, context / "ca.crt")
    (context / "Dockerfile").write_text(
        f"FROM {container_engine.base}\nCOPY ca.crt /etc/company.crt\n"
        "ENV SSL_CERT_FILE=/etc/company.crt PIP_CERT=/etc/company.crt\n"
    )
    tag = f"{container_engine.registry}/build-base:1"
    engine.build(context, tag, platform="linux/amd64")
    return engine.push(tag)
