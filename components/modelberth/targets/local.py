"""Declares an endpoint on the `local` target, as supervised processes of this machine.

The children are `NAME-slot`, the port and the folder, and `NAME-server`, the running release.
"""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any, cast

import pulumi

from modelberth.targets.names import endpoint_name
from modelberth.targets.outputs import TargetOutputs
from modelberth_platform.bundle import BundleFacts
from modelberth_platform.declaration import Declaration
from modelberth_platform.spec import EndpointSpec
from modelberth_platform.targets.local.backend import current_backend
from modelberth_platform.targets.local.folder import Folder, endpoint_key
from modelberth_platform.targets.local.release import release_digest
from modelberth_platform.targets.local.resources import Server, Slot

LONGEST_NAME = 255
"""The most characters of a physical name. Nothing on this machine bears it, so this limit is for its readers alone."""


def stand_up(component: pulumi.Resource, declaration: Declaration[EndpointSpec]) -> TargetOutputs:
    """Declare the slot and the server."""
    name = declaration.name
    backend = current_backend()
    slot = Slot(
        f"{name}-slot",
        {
            "name": name,
            "key": _independent(component.urn).apply(lambda urn: endpoint_key(backend, urn)),
            "port": declaration.settings.ports.get(name),
        },
        pulumi.ResourceOptions(parent=component),
    )
    server = Server(f"{name}-server", _server_inputs(declaration, slot), pulumi.ResourceOptions(parent=component))
    # The URL depends on the server, so that whoever waits for it finds the release running.
    base_url = pulumi.Output.all(slot.port, server.id).apply(
        lambda port_and_id: f"http://127.0.0.1:{int(port_and_id[0])}"
    )
    return TargetOutputs(
        url=pulumi.Output.concat(base_url, "/invocations"),
        base_url=base_url,
        endpoint_name=endpoint_name(declaration, LONGEST_NAME),
        release=release_digest(_facts(declaration).digest),
        logs_url=slot.directory.apply(lambda directory: Folder(Path(directory)).endpoint_log.as_uri()),
    )


def _server_inputs(declaration: Declaration[EndpointSpec], slot: Slot) -> dict[str, Any]:
    spec = declaration.spec
    return {
        "name": declaration.name,
        "project": pulumi.get_project(),
        "stack": pulumi.get_stack(),
        "directory": slot.directory,
        "port": slot.port,
        "release": release_digest(_facts(declaration).digest),
        "bundle": _facts(declaration).recorded(),
        "api": declaration.api,
        "env": spec.env,
        "secrets": spec.secrets,
        "workers": max(1, spec.scaling.min),
        "timeout_seconds": spec.timeout_seconds,
        "tags": spec.tags,
    }


def _facts(declaration: Declaration[EndpointSpec]) -> BundleFacts:
    assert declaration.facts is not None  # noqa: S101 - local refuses image=
    return declaration.facts


def _independent(output: pulumi.Output[str]) -> pulumi.Output[str]:
    """The same value without the dependency on its resource, since a child must not wait for its own parent."""
    return pulumi.Output(set(), cast("Awaitable[str]", output.future()), output.is_known())
