"""What stands in front of the function; `modelberth_platform.targets.aws_lambda.fronts` says which of them, and why."""

from __future__ import annotations

from modelberth.targets.aws_lambda.front import Front
from modelberth.targets.aws_lambda.function import Function
from modelberth.targets.aws_lambda.function_url import declare_function_url
from modelberth.targets.aws_lambda.http_api import declare_http_api
from modelberth.targets.aws_lambda.place import LambdaPlace
from modelberth.targets.aws_lambda.private_api import declare_private_api


def declare_front(place: LambdaPlace, function: Function) -> Front:
    """Declare it."""
    match place.front:
        case "function-url":
            return declare_function_url(place, function)
        case "rest-api":
            return declare_private_api(place, function)
        case _:
            return declare_http_api(place, function)
