"""The target `sagemaker`: a managed endpoint on Amazon SageMaker.

Children, in the order of their need (what is made only where it is asked for is in brackets):

`NAME-repository`, `NAME-lifecycle`, `NAME-image-tag`, `NAME-image`: the image in ECR, unless `image` is given
[`NAME-bucket`, …]: for captures and asynchronous answers, unless `bucket` is given
`NAME-role`, `NAME-policy`: what the model's process may, unless `role` is given
`NAME-logs`: its log
`NAME-releases`, `NAME-model`, `NAME-config`: immutable; previous ones are kept for a way back
[`NAME-topic`, …], `NAME-alarm-errors`, `NAME-alarm-latency`, …: they judge an update too
`NAME-endpoint`: the endpoint, whose name stays
[`NAME-scaling-target`, `NAME-scaling-policy`, `NAME-dashboard`, `NAME-invoker`, `NAME-invoke-…`]

Another variant's children carry its name: `NAME-VARIANT-model`.
"""

from __future__ import annotations

import pulumi

from modelberth.targets.aws.alarms import declare_alarms
from modelberth.targets.aws.callers import Callers
from modelberth.targets.aws.dashboard import declare_dashboard
from modelberth.targets.aws.images import declare_images
from modelberth.targets.aws.logs import declare_logs
from modelberth.targets.aws.role import declare_role
from modelberth.targets.outputs import TargetOutputs
from modelberth.targets.sagemaker.alarms import watches
from modelberth.targets.sagemaker.dashboard import widgets
from modelberth.targets.sagemaker.endpoint import declare_endpoint
from modelberth.targets.sagemaker.place import SageMakerPlace
from modelberth.targets.sagemaker.releases import declare_releases
from modelberth.targets.sagemaker.role import SERVICE, invoke, permissions
from modelberth.targets.sagemaker.scaling import declare_scaling
from modelberth.targets.sagemaker.storage import declare_storage
from modelberth.targets.sagemaker.variants import declare_config, platform_of
from modelberth_platform.declaration import Declaration
from modelberth_platform.spec import ManagedEndpointSpec


def stand_up(component: pulumi.Resource, declaration: Declaration[ManagedEndpointSpec]) -> TargetOutputs:
    """Declare the endpoint and all that it needs."""
    releases = declare_releases(component, declaration)
    place = SageMakerPlace.of(component, declaration)
    images = declare_images(place, lambda variant: platform_of(place.spec, variant))
    storage = declare_storage(place)
    logs = declare_logs(place)
    role = declare_role(place, SERVICE, permissions(place, images, storage))
    config = declare_config(place, releases, images, storage, role)
    alarms = declare_alarms(place, watches(place))
    endpoint = declare_endpoint(place, images, config, alarms, needs=[logs])
    declare_scaling(place, endpoint)
    callers = Callers(place, invoke(place))
    callers.declare_callers()
    return TargetOutputs(
        url=endpoint.id.apply(lambda _: place.url),  # known when the endpoint serves
        base_url=None,
        endpoint_name=place.endpoint_name,
        arn=endpoint.arn,
        role_arn=role.arn,
        release=images.release,
        logs_url=place.logs_url,
        dashboard_url=declare_dashboard(place, widgets(place)),
        invoker_role_arn=callers.invoker_role_arn,
        grant_invoke=callers.grant,
    )
