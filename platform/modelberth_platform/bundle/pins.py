"""Edits the pins of a stack, `modelberth:bundles` in its `Pulumi.<stack>.yaml`, and keeps comments and order."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.paths import write_atomically

KEY = "modelberth:bundles"
STORE = "modelberth:store"


class StackFile:
    """The configuration file of a stack, in the folder of a Pulumi program.

    Raises:
        BundleError: there is none, or it is no YAML mapping.
    """

    def __init__(self, folder: Path, stack: str) -> None:
        self.path = folder / f"Pulumi.{stack}.yaml"
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 4096  # never folds a digest
        try:
            self._content: Any = self._yaml.load(self.path.read_text())
        except FileNotFoundError:
            names = sorted(path.name for path in folder.glob("Pulumi.*.yaml"))
            raise BundleError(
                f"{self.path} does not exist; in {folder} there is {', '.join(names) or 'no stack configuration'}"
            ) from None
        except YAMLError as error:
            raise BundleError(f"{self.path} is no YAML: {error}") from None
        if not isinstance(self._content, dict):
            raise BundleError(f"{self.path} is no YAML mapping")

    @property
    def store(self) -> str | None:
        """The stack's `modelberth:store`."""
        return self.config.get(STORE)

    def pin(self, name: str) -> str | None:
        """What the stack pins for the bundle."""
        pins = self.config.get(KEY)
        return pins.get(name) if isinstance(pins, dict) else None

    def set_pin(self, name: str, reference: str) -> None:
        """Pin the bundle and write the file."""
        config = self._content.setdefault("config", {})
        if not isinstance(config.get(KEY), dict):
            config[KEY] = {}
        config[KEY][name] = reference
        text = io.StringIO()
        self._yaml.dump(self._content, text)
        write_atomically(self.path, text.getvalue(), mode=0o644)

    @property
    def config(self) -> dict[str, Any]:
        """The stack's configuration."""
        config = self._content.get("config")
        return config if isinstance(config, dict) else {}
