"""The target `aws_lambda`: a function on AWS Lambda behind API Gateway or its own URL.

Children, in the order of their need (what is made only where it is asked for is in brackets):

`NAME-functions`: deletes, in the end, what a killed command has left
`NAME-repository`, `NAME-lifecycle`, `NAME-repository-policy`, `NAME-image-tag`, `NAME-image`: the image in ECR, unless
`image` is given
`NAME-role`, `NAME-policy`: what the model's process may, unless `role` is given
`NAME-logs`: its log
`NAME-function`, `NAME-alias`: the function, and the alias `live`, which callers reach
`NAME-api`, `NAME-integration`, `NAME-route/PATH`, …, `NAME-stage`, `NAME-access-logs` [`NAME-authorizer`]: an HTTP API
in front of it; or `NAME-url`, a function URL, where the declared API streams; or `NAME-api`, `NAME-deployment`,
`NAME-stage`, `NAME-access-logs` [`NAME-private-endpoint`, `NAME-settings`], where the access is private
`NAME-permission`: lets API Gateway call the alias
[`NAME-topic`, …], `NAME-alarm-errors`, `NAME-alarm-latency`, …: they judge an update too
`NAME-release`: tries a new version out and moves the alias to it
[`NAME-provisioned`, `NAME-scaling-target`, `NAME-scaling-policy`, `NAME-dashboard`, `NAME-invoker`, `NAME-invoke-…`]
"""

from __future__ import annotations

from collections.abc import Callable

import pulumi

from modelberth.targets.aws.alarms import declare_alarms
from modelberth.targets.aws.callers import Callers
from modelberth.targets.aws.dashboard import declare_dashboard
from modelberth.targets.aws.images import declare_images
from modelberth.targets.aws.logs import declare_logs
from modelberth.targets.aws.role import declare_role
from modelberth.targets.aws_lambda.fronts import declare_front
from modelberth.targets.aws_lambda.function import declare_function
from modelberth.targets.aws_lambda.operation import watches, widgets
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth.targets.aws_lambda.provisioned import declare_provisioned
from modelberth.targets.aws_lambda.release import declare_functions, declare_release
from modelberth.targets.aws_lambda.role import SERVICE, let_lambda_pull, permissions
from modelberth.targets.outputs import TargetOutputs
from modelberth_platform.declaration import Declaration
from modelberth_platform.spec import DeclarationError, Problem, SelfHostedEndpointSpec


def stand_up(component: pulumi.Resource, declaration: Declaration[SelfHostedEndpointSpec]) -> TargetOutputs:
    """Declare the endpoint and all that it needs."""
    functions = declare_functions(component, declaration)
    place = LambdaPlace.of(component, declaration)
    place.warn_of_what_is_public()
    images = declare_images(place, lambda _: place.platform)
    logs = declare_logs(place)
    role = declare_role(place, SERVICE, permissions(place))
    pull = let_lambda_pull(place, images)
    function = declare_function(place, images, role, functions.mark, needs=[functions, logs, *pull])
    front = declare_front(place, function)
    alarms = declare_alarms(place, {"main": watches(place, function, front)})
    release = declare_release(place, functions, images, function, front, alarms)
    declare_provisioned(place, function, release)
    callers = Callers(place, front.invoke)
    callers.declare_callers()
    base_url = pulumi.Output.all(front.base_url, release.id).apply(lambda known: str(known[0]))  # known when it serves
    return TargetOutputs(
        url=pulumi.Output.concat(base_url, "/invocations"),
        base_url=base_url,
        endpoint_name=place.endpoint_name,
        arn=function.alias.arn,
        role_arn=role.arn,
        release=images.release,
        logs_url=place.logs_url,
        dashboard_url=declare_dashboard(place, widgets(function, front)),
        invoker_role_arn=callers.invoker_role_arn,
        grant_invoke=_grant(place, callers),
    )


def _grant(place: LambdaPlace, callers: Callers) -> Callable[[pulumi.Input[str], str], None] | None:
    """What lets a role call; nothing where no role needs it."""
    declaration = place.declaration

    def by_token_alone(_role: pulumi.Input[str], _label: str) -> None:
        text = "with access jwt, whoever has a token of the issuer calls; leave it out, or take access='iam'"
        raise DeclarationError(declaration.kind, declaration.name, [Problem("grant_invoke", text)])

    match place.spec.effective_access.kind:
        case "iam":
            return callers.grant
        case "jwt":
            return by_token_alone
        case _:
            return None
