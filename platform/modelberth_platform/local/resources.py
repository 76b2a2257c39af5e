"""Where states of version 0.1.0 look for the providers of a local endpoint. An update in place writes the new path."""

from modelberth_platform.targets.local.resources import ServerProvider, SlotProvider

__all__ = ["ServerProvider", "SlotProvider"]
