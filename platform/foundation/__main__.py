"""The foundation stack: what all services of an environment share, one stack an environment.

On `local` the services of a developer share a machine: the stack says which one, and where bundles and endpoints are.
"""

import pulumi

from modelberth_platform.bundle import store
from modelberth_platform.declaration.settings import read_settings
from modelberth_platform.paths import state_root
from modelberth_platform.spec import DeclarationError
from modelberth_platform.targets.local.machine import machine_name
from modelberth_platform.targets.registry import targets_of

settings, problems = read_settings()
if settings is None:
    raise DeclarationError("Foundation", pulumi.get_stack(), problems)

pulumi.export("cloud", settings.cloud)
if any(target.remote for target in targets_of(settings.cloud)):
    pulumi.export("bundles", settings.store)
else:
    pulumi.export("machine", machine_name())
    pulumi.export("bundles", str(store.home()))
    pulumi.export("endpoints", str(state_root()))
