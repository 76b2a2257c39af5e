"""What deploying an endpoint to AWS needs, put together from rows: what each type of its children needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelberth_platform.aws.policy import Statement, allow
from modelberth_platform.aws.session import account_of, partition_of, provider_settings
from modelberth_platform.errors import UserError
from modelberth_platform.planned import UNKNOWN, Child, PlannedEndpoint

ROLE = "aws:iam/role:Role"


@dataclass(frozen=True)
class Place:
    """Where an endpoint will stand, as far as the stack's configuration says so; `*` for what it does not say.

    Attributes:
        endpoint: what is known of it.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: such as `eu-central-1`.
        account: the account's twelve digits.
    """

    endpoint: PlannedEndpoint
    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, endpoint: PlannedEndpoint, config: Mapping[str, Any]) -> Place:
        """Read the stack's configuration."""
        settings = provider_settings(config)
        given = settings.get("region")
        region = given if isinstance(given, str) else UNKNOWN
        return cls(endpoint, partition_of(region), region, account_of(settings) or UNKNOWN)

    def arn(self, service: str, resource: str, *, regional: bool = True, owned: bool = True) -> str:
        """The ARN of a resource, or the pattern of it."""
        region, account = self.region if regional else "", self.account if owned else ""
        return f"arn:{self.partition}:{service}:{region}:{account}:{resource}"

    def iam(self, resource: str) -> str:
        """The ARN of a resource of IAM, which has no region."""
        return self.arn("iam", resource, regional=False)

    def children(self, kind: str) -> list[Child]:
        """The endpoint's children of a type."""
        return [child for child in self.endpoint.children if child.type == kind]


Row = Callable[[Child, Place], Iterable[Statement]]


def needed(endpoint: PlannedEndpoint, config: Mapping[str, Any], rows: Mapping[str, Row]) -> Iterator[Statement]:
    """What deploying an endpoint needs.

    Args:
        endpoint: what a dry run knows of it.
        config: the stack's configuration.
        rows: of the types of its children.

    Raises:
        UserError: a child is of another type.
    """
    place = Place.of(endpoint, config)
    yield without_resource("sts", "GetCallerIdentity")
    yield from _read_store(str(config.get("modelberth:store") or ""), place)
    for child in endpoint.children:
        if child.type not in rows:
            raise UserError(
                f"what deploying {child.name} needs is not known: it is {child.type}, and modelberth knows "
                f"{', '.join(sorted(rows))}"
            )
        yield from rows[child.type](child, place)


def without_resource(service: str, actions: str) -> Statement:
    """Actions that AWS gives no resource-level permission."""
    return allow("WithoutResource", service, actions, "*")


def pass_role(child: Child, key: str, service: str, place: Place) -> Statement:
    """Hand a role to a service: the one that an input names, or else the endpoint's own that trust the service."""
    given = child.refers(key)
    own = [place.iam(f"role/{role.named()}") for role in place.children(ROLE) if service in trusted(role, "Service")]
    roles = [given] if given != UNKNOWN else own or [place.iam("role/*")]
    name = "PassRolesTo" + "".join(part.capitalize() for part in service.removesuffix(".amazonaws.com").split("-"))
    return allow(name, "iam", "PassRole", *roles, StringEquals={"iam:PassedToService": service})


def key_arn(key: str, place: Place) -> str:
    """The ARN of a KMS key: permissions name keys, never their aliases
    (https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html)."""
    if ":key/" in key:
        return key
    return place.arn("kms", f"key/{UNKNOWN if 'alias/' in key else key}")


def trusted(role: Child, kind: str) -> list[str]:
    """Whom a role's trust names, of one kind of principals: `Service` or `AWS`."""
    text = role.refers("assumeRolePolicy")
    if text == UNKNOWN:
        return []
    named = [statement.get("Principal", {}).get(kind, []) for statement in json.loads(text)["Statement"]]
    return [name for names in named for name in ([names] if isinstance(names, str) else names)]


def _read_store(url: str, place: Place) -> Iterator[Statement]:
    """Fetch bundles, where the stack's store is on S3."""
    if url.startswith("s3://"):
        bucket, _, prefix = url.removeprefix("s3://").strip("/").partition("/")
        below = "/".join(part for part in (bucket, prefix, "*") if part)
        yield allow("BundleStore", "s3", "GetObject", f"arn:{place.partition}:s3:::{below}")
        yield allow("BundleStore", "s3", "ListBucket", f"arn:{place.partition}:s3:::{bucket}")
