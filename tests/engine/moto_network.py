"""VPC endpoints as AWS documents them, where moto is more lenient or knows less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.responses.vpcs import VPCs


def patch() -> None:
    VPCBackend.create_vpc_endpoint = _created(VPCBackend.create_vpc_endpoint)
    VPCBackend.modify_vpc_endpoint = _modified(VPCBackend.modify_vpc_endpoint)
    VPCBackend.delete_vpc_endpoints = _deleted(VPCBackend.delete_vpc_endpoints)
    VPCs.modify_vpc_endpoint = _with_private_dns(VPCs.modify_vpc_endpoint)


def _created(create: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html"""

    def creating(self: Any, vpc_id: str, service_name: str, endpoint_type: str | None, *more: Any, **named: Any) -> Any:
        kind = endpoint_type or "Gateway"
        subnets, groups = named.get("subnet_ids") or [], named.get("security_group_ids") or []
        if kind != "Interface" and (subnets or groups):
            raise _invalid("Subnets and security groups are for endpoints of the type Interface")
        _refuse_other_networks(self, vpc_id, subnets, groups)
        if kind == "Interface" and named.get("private_dns_enabled"):
            _refuse_private_dns(self, vpc_id, service_name)
        return create(self, vpc_id, service_name, kind, *more, **named)

    return creating


def _modified(modify: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html"""

    def modifying(self: Any, vpc_id: str, *more: Any, **named: Any) -> Any:  # moto calls the endpoint's id so
        (endpoint,) = self.describe_vpc_endpoints(vpc_end_point_ids=[vpc_id])
        subnets, groups = named.get("add_subnets") or [], named.get("add_security_groups") or []
        _refuse_other_networks(self, endpoint.vpc_id, subnets, groups)
        return modify(self, vpc_id, *more, **named)

    return modifying


def _with_private_dns(modify: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Keep whether the endpoint has the service's own name, which moto drops."""

    def modifying(self: Any) -> Any:
        answer = modify(self)
        wanted = self._get_bool_param("PrivateDnsEnabled")
        if wanted is not None:
            (endpoint,) = self.ec2_backend.describe_vpc_endpoints(vpc_end_point_ids=[self._get_param("VpcEndpointId")])
            endpoint.private_dns_enabled = wanted
        return answer

    return modifying


def _deleted(delete: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html; moto keeps deleted ones."""

    def deleting(self: Any, vpce_ids: list[str] | None = None) -> None:
        delete(self, vpce_ids)
        for endpoint in vpce_ids or []:
            self.vpc_end_points.pop(endpoint, None)

    return deleting


def _refuse_other_networks(self: Any, vpc: str, subnets: list[str], groups: list[str]) -> None:
    """Refuse subnets of another network, and two in one zone: "one subnet per Availability Zone"
    (https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html)."""
    zones: dict[str, str] = {}
    for each in subnets:
        subnet = self.get_subnet(each)
        if subnet.vpc_id != vpc:
            raise _invalid(f"Subnet {each} is in the VPC {subnet.vpc_id}, not in {vpc}")
        if subnet.availability_zone in zones:
            first = zones[subnet.availability_zone]
            raise _refused(
                "DuplicateSubnetsInSameZone", f"Found another VPC endpoint subnet in the availability zone: {first}"
            )
        zones[subnet.availability_zone] = each
    for each in groups:
        group = self.get_security_group_from_id(each)
        if group is None:
            raise _refused("InvalidGroup.NotFound", f"The security group '{each}' does not exist")
        if group.vpc_id != vpc:
            raise _invalid(f"Security group {each} is in the VPC {group.vpc_id}, not in {vpc}")


def _refuse_private_dns(self: Any, vpc: str, service: str) -> None:
    """Refuse the service's own name in a network without DNS, or where another endpoint has it
    (https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html)."""
    network = self.get_vpc(vpc)
    if not (network.enable_dns_support and network.enable_dns_hostnames):
        raise _invalid(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
            f"{vpc}"
        )
    for each in self.vpc_end_points.values():
        if each.vpc_id == vpc and each.service_name == service and each.private_dns_enabled:
            raise _invalid(
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in "
                f"the VPC {vpc}"
            )


def _invalid(message: str) -> EC2ClientError:
    return _refused("InvalidParameter", message)


def _refused(code: str, message: str) -> EC2ClientError:
    return EC2ClientError(code, message)
