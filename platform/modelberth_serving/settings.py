"""The runtime's settings, which it reads from its environment."""

from __future__ import annotations

import dataclasses
import os
import typing as t
from pathlib import Path

from modelberth_serving.errors import SettingsError
from modelberth_serving.secrets import resolve_secrets

DEFAULT_MAX_BODY_MB = 25
"""The largest request body a real-time SageMaker endpoint accepts
(https://docs.aws.amazon.com/general/latest/gr/sagemaker.html), so that what works locally works there."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """The runtime's settings, one environment variable each.

    Attributes:
        bundle: ``MODELBERTH_BUNDLE``, the folder of the built Bento, its models inside ``models/``.
        api: ``MODELBERTH_API``, the name of the API that ``/invocations`` calls; may be absent when there is only one.
        timeout_seconds: ``MODELBERTH_TIMEOUT_SECONDS``; the service's own ``traffic.timeout`` when absent.
        max_body_bytes: ``MODELBERTH_MAX_BODY_MB`` in MiB, 25 by default.
        release: ``MODELBERTH_RELEASE``, which is told by ``/ping`` in the header ``x-modelberth-release``.
    """

    bundle: Path
    api: str | None = None
    timeout_seconds: float | None = None
    max_body_bytes: int = DEFAULT_MAX_BODY_MB * 1024 * 1024
    release: str = ""

    @classmethod
    def from_environment(cls, environ: t.MutableMapping[str, str] = os.environ) -> Settings:
        """Read the settings, after the secrets that `MODELBERTH_SECRETS` refers to were put into the environment.

        Raises:
            SettingsError: a required variable is missing, a number is not one, or a secret cannot be read.
        """
        resolve_secrets(environ)
        if not environ.get("MODELBERTH_BUNDLE"):
            raise SettingsError("MODELBERTH_BUNDLE is not set: it names the folder of the built Bento")
        timeout = environ.get("MODELBERTH_TIMEOUT_SECONDS")
        return cls(
            bundle=Path(environ["MODELBERTH_BUNDLE"]),
            api=environ.get("MODELBERTH_API") or None,
            timeout_seconds=_positive("MODELBERTH_TIMEOUT_SECONDS", timeout) if timeout else None,
            max_body_bytes=int(
                _positive("MODELBERTH_MAX_BODY_MB", environ.get("MODELBERTH_MAX_BODY_MB") or str(DEFAULT_MAX_BODY_MB))
                * 1024
                * 1024
            ),
            release=environ.get("MODELBERTH_RELEASE", ""),
        )


def _positive(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise SettingsError(f"{name} is {value!r}; it must be a number above 0")
    return number
