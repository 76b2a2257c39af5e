"""The facts of a bundle: everything a declaration, a preview or a report says about it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class Api(_Facts):
    """One API of a Bento.

    Attributes:
        name: the method's name, which the argument `api` takes.
        route: its path, with a leading slash.
        input: the JSON schema of the request body.
        output: the JSON schema of the answer.
        streaming: whether it answers in pieces.
        batchable: whether BentoML may merge several requests into one call.
        task: whether it runs in the background (submit, status, get).
    """

    name: str
    route: str
    input: dict[str, Any]
    output: dict[str, Any]
    streaming: bool = False
    batchable: bool = False
    task: bool = False

    @property
    def takes_files(self) -> bool:
        """Whether a request carries a file, as multipart/form-data."""
        return any(
            field.get("type") == "file" or field.get("items", {}).get("type") == "file"
            for field in self.input.get("properties", {}).values()
        )

    @property
    def schema_hash(self) -> str:
        """Eight digits that change when the input or the output does."""
        return _short_hash([self.input, self.output])


class ModelFacts(_Facts):
    """One model inside a bundle.

    Attributes:
        name: its name in the model store.
        digest: the digest of its content, which stays the same when the same model is saved again.
        labels: the labels that it was saved with.
        size: its size in bytes.
    """

    name: str
    digest: str
    labels: dict[str, str] = {}
    size: int


class BundleFacts(_Facts):
    """What a bundle is and holds.

    Attributes:
        name: the Bento's name.
        version: the one given when it was built, else its label `version`, else the first 12 digits of `digest`.
        digest: the digest (`sha256:…`) of its content, which stays the same when the same content is built again.
        python: the Python version it was built for, such as `3.11`, or None.
        apis: its APIs, sorted by name.
        models: its models, sorted by name.
        packages: the packages it asks for itself (not what those need), with the version it was locked to.
        labels: the labels of its models (`MODEL.LABEL` where it has several), and those that it was built with.
        size: its size in bytes, models included.
    """

    name: str
    version: str
    digest: str
    python: str | None
    apis: tuple[Api, ...]
    models: tuple[ModelFacts, ...]
    packages: dict[str, str]
    labels: dict[str, str]
    size: int

    def api(self, name: str) -> Api:
        """The API of that name.

        Raises:
            KeyError: there is none.
        """
        for api in self.apis:
            if api.name == name:
                return api
        raise KeyError(name)

    def recorded(self) -> dict[str, Any]:
        """What the component and the last child that changes record, so that a preview shows it changing."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "python": self.python,
            "apis": {api.name: f"{api.route} (schema {api.schema_hash})" for api in self.apis},
            "models": {model.name: model.digest for model in self.models},
            "packages": self.packages,
            "labels": self.labels,
        }


def _short_hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]
