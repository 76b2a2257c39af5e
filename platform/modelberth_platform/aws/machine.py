"""What deploying to AWS needs of the machine: credentials."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from modelberth_platform.checks import Finding

_NAME = "AWS credentials"


def machine_checks() -> Iterator[Finding]:
    """Whether credentials are configured; whether they are valid, AWS alone knows."""
    yield _credentials()


def _credentials() -> Finding:
    if os.environ.get("AWS_ACCESS_KEY_ID") or os.environ.get("AWS_PROFILE"):
        return Finding(_NAME, True, False, "in the environment")
    folder = Path.home() / ".aws"
    for name, variable in (("credentials", "AWS_SHARED_CREDENTIALS_FILE"), ("config", "AWS_CONFIG_FILE")):
        if profiles := _profiles(Path(os.environ.get(variable) or folder / name)):
            return Finding(_NAME, True, False, f"profiles {', '.join(profiles)}")
    remedy = "needed on stacks with modelberth:cloud aws; get them: aws configure sso"
    return Finding(_NAME, False, False, "none", remedy)


def _profiles(file: Path) -> list[str]:
    import configparser  # doctor alone reads them

    parser = configparser.ConfigParser()
    try:
        parser.read(file)
    except configparser.Error:
        return []
    return [section.removeprefix("profile ") for section in parser.sections()]
