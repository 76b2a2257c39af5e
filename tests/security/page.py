"""What docs/security.md says."""

from __future__ import annotations

import re

from conftest import ROOT


def section(title: str) -> str:
    """The text below a title of the page."""
    page = (ROOT / "docs" / "security.md").read_text()
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def excepted() -> set[str]:
    """The checks of checkov that the page excepts."""
    rows = [line for line in section("checkov").splitlines() if "| excepted |" in line]
    return {found for row in rows for found in re.findall(r"CKV2?_AWS_\d+", row.split("|")[1])}


def tells(text: str, action: str) -> bool:
    """Whether a text names an action; of several beside each other, the service and a common beginning once."""
    service, _, name = action.partition(":")
    told = [said.removeprefix(f"{service}:") for said in re.findall(r"`([^`\n]+)`", text)]
    return name in told or any(said.startswith("…") and name == f"Describe{said[1:]}" for said in told)
