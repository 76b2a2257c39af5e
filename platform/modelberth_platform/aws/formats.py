"""What AWS's own texts look like: each check raises a ValueError that says what is wrong, or gives the text back."""

from __future__ import annotations

import re

_CALLER = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+|\d{12}|[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
_S3_PREFIX = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_SECRET = re.compile(
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html (Name), and behind it the key
    # of a JSON secret as ECS writes it
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}(:[^:]*){0,3}"
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (Name)
    r"|arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter/[A-Za-z0-9/_.-]{1,1011}"
)


def caller(text: str) -> str:
    """Who may call an endpoint: the ARN of a role, the id of an account, the name of a service."""
    if not _CALLER.fullmatch(text):
        raise ValueError(
            f"{text!r} cannot call an endpoint; allowed are a role's ARN, an account's 12 digits, a service's name"
        )
    return text


def key_arn(text: str) -> str:
    """The ARN of a KMS key."""
    if not _KEY.fullmatch(text):
        raise ValueError(f"{text!r} is no key's ARN; it looks like arn:aws:kms:REGION:ACCOUNT:key/ID")
    return text


def s3_prefix(text: str) -> str:
    """A place in S3, without a closing slash."""
    if not _S3_PREFIX.fullmatch(text):
        raise ValueError(f"{text!r} is no place in S3; it looks like s3://BUCKET/PREFIX")
    return text.rstrip("/")


def secret_reference(text: str) -> str:
    """The ARN of a secret of Secrets Manager or of a parameter of SSM. What is none may be the secret itself, so that
    it is not repeated."""
    if not _SECRET.fullmatch(text):
        raise ValueError(
            "is no reference that AWS could know; give the ARN of a Secrets Manager secret "
            "(arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf) or of an SSM parameter "
            "(arn:aws:ssm:REGION:ACCOUNT:parameter/NAME), never the value"
        )
    return text
