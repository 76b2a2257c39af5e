"""The base of the providers of modelberth's own resources (Pulumi's dynamic providers).

A provider is a class of an importable module named `resources.py`. The engine's state then holds a reference to the
class instead of its code, so that editing the code changes no state. The module's path is contract: refresh and destroy
load the class from the path that the state names, and only an update in place writes another one.
`tests/providers/test_contract.py` lists these modules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi.dynamic import ConfigureRequest, ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY

from modelberth_platform.providers.process import prepare_provider_process


class Provider(ResourceProvider):
    """A provider whose reference in the state is no secret, and whose errors are for users."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Called once before the provider's other methods, with the stack's configuration."""
        prepare_provider_process()


def changed_inputs(olds: Mapping[str, Any], news: Mapping[str, Any], computed: Collection[str]) -> list[str]:
    """The names of the inputs that differ, without the reference to the provider.

    Args:
        olds: the state's properties.
        news: the program's.
        computed: the names of the properties that only the state has.
    """
    inputs = (olds.keys() | news.keys()) - {*computed, PROVIDER_KEY}
    return sorted(key for key in inputs if olds.get(key) != news.get(key))
