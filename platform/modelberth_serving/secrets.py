"""Fetches secrets by reference when the container starts, since SageMaker and Lambda inject none.

`MODELBERTH_SECRETS` is a JSON object from variables to references. Their values go into this process's environment and
nowhere else: no image, state, definition or log holds them.
"""

from __future__ import annotations

import json
import typing as t

from modelberth_serving.aws_call import call
from modelberth_serving.errors import SettingsError

VARIABLE = "MODELBERTH_SECRETS"


def resolve_secrets(environ: t.MutableMapping[str, str]) -> None:
    """Put the value of each secret that `MODELBERTH_SECRETS` refers to into its variable.

    A reference is the ARN of a Secrets Manager secret (`…:secret:NAME-AbCdEf`, or `…:KEY::` behind it for one key of
    a JSON secret, as ECS writes it) or of an SSM parameter.

    Raises:
        SettingsError: the references are no JSON object, are of no known kind, or cannot be read with this role.
    """
    text = environ.get(VARIABLE)
    if not text:
        return
    try:
        references = dict(json.loads(text))
    except ValueError:
        raise SettingsError(f"{VARIABLE} is no JSON object of variables and references") from None
    for variable, reference in references.items():
        environ[variable] = _value(variable, str(reference))


def _value(variable: str, reference: str) -> str:
    parts = reference.split(":")
    fetch = {"secretsmanager": _from_secrets_manager, "ssm": _from_parameter_store}.get(parts[2] if parts[3:] else "")
    if fetch is None or parts[0] != "arn":
        raise SettingsError(
            f"the reference of the secret {variable} is {reference!r}; allowed is the ARN of a Secrets Manager secret "
            "or of an SSM parameter"
        )
    try:
        return fetch(parts)
    except (OSError, ValueError, KeyError) as error:  # none of them tells the value
        raise SettingsError(f"the secret {variable} cannot be read from {reference}: {error}") from None


def _from_secrets_manager(arn: list[str]) -> str:
    answer = call("secretsmanager", arn[3], "secretsmanager.GetSecretValue", {"SecretId": ":".join(arn[:7])})
    value = str(answer["SecretString"])
    key = arn[7] if arn[7:] else ""
    return str(json.loads(value)[key]) if key else value


def _from_parameter_store(arn: list[str]) -> str:
    answer = call("ssm", arn[3], "AmazonSSM.GetParameter", {"Name": ":".join(arn), "WithDecryption": True})
    return str(answer["Parameter"]["Value"])
