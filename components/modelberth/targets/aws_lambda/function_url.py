"""A URL of the function's own, which passes an answer's pieces on as they come
(https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html).

It has no routes: the Bento answers every path.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.statements import Statement, allow
from modelberth.targets.aws_lambda.front import Front, Requests, cors
from modelberth.targets.aws_lambda.function import Function
from modelberth.targets.aws_lambda.place import LambdaPlace


def declare_function_url(place: LambdaPlace, function: Function) -> Front:
    """Declare it."""
    by_identity = place.spec.effective_access.kind == "iam"
    opened = [] if by_identity else _open_to_all(place, function)
    pages = cors(place)
    url = aws.lambda_.FunctionUrl(
        place.child("url"),
        function_name=function.name,
        qualifier=function.alias.name,
        authorization_type="AWS_IAM" if by_identity else "NONE",
        invoke_mode="RESPONSE_STREAM",
        cors=aws.lambda_.FunctionUrlCorsArgs(**pages) if pages else None,
        opts=place.opts(depends_on=opened),
    )
    return Front(
        base_url=url.function_url.apply(lambda address: address.rstrip("/")),
        requests=Requests("AWS/Lambda", "UrlRequestCount", "Url5xxCount", function.dimensions),
        invoke=_invoke(function) if by_identity else [],
        needs=[url],
    )


def _invoke(function: Function) -> list[Statement]:
    """Both are needed since October 2025 (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html)."""
    arn = function.alias.arn
    signed = {"lambda:FunctionUrlAuthType": "AWS_IAM"}
    return [
        allow("Invoke", ["lambda:InvokeFunctionUrl"], arn, StringEquals=signed),
        allow("InvokeByUrl", ["lambda:InvokeFunction"], arn, Bool={"lambda:InvokedViaFunctionUrl": "true"}),
    ]


def _open_to_all(place: LambdaPlace, function: Function) -> list[pulumi.Resource]:
    """Let everybody call by the URL.

    The provider does so itself, but only when it makes a URL, not where one that was signed becomes public
    (https://github.com/hashicorp/terraform-provider-aws/issues/28817).
    """
    return [
        aws.lambda_.Permission(
            place.child("public-url"),
            action="lambda:InvokeFunctionUrl",
            function=function.name,
            qualifier=function.alias.name,
            principal="*",
            function_url_auth_type="NONE",
            opts=place.opts(),
        ),
        aws.lambda_.Permission(
            place.child("public-call"),
            action="lambda:InvokeFunction",
            function=function.name,
            qualifier=function.alias.name,
            principal="*",
            invoked_via_function_url=True,
            opts=place.opts(),
        ),
    ]
