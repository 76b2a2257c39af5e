"""A stand-in for pulumi-aws's provider plugin, which no package registry has: it makes its resources through AWS's API.

It refuses every resource type and every property that it does not know, and whatever botocore's own validation refuses.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import botocore
from aws_calls import AwsType, Call, Props, Unknown, as_json, retag, to_request
from aws_types import TYPES, region
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from google.protobuf.empty_pb2 import Empty
from plugin import UNKNOWN, Plugin, plain, resource_type, run, struct
from pulumi.runtime.proto import provider_pb2

MISSING = re.compile(r"NotFound|NoSuch|Could not find|does not exist|404|ResourceNotFound", re.IGNORECASE)
ADD, DELETE, UPDATE = "ADD", "DELETE", "UPDATE"


class Aws(Plugin):
    version = "7.51.1"

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            quick = Config(retries={"max_attempts": 1})
            self._clients[service] = boto3.client(service, region_name=region(), config=quick)
        return self._clients[service]

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = TYPES.get(resource_type(request.urn))
        if kind is None:
            reason = f"the resource {resource_type(request.urn)} is not known here"
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(reason=reason)])
        inputs = self._named(kind, request)
        failures = [
            provider_pb2.CheckFailure(property=name, reason="is no property of it here")
            for name in sorted(inputs.keys() - kind.properties - {"__defaults"})
        ]
        if not failures:
            failures = [provider_pb2.CheckFailure(reason=reason) for reason in self._refusals(kind, inputs)]
        return provider_pb2.CheckResponse(inputs=struct(inputs), failures=failures)

    def _named(self, kind: AwsType, request: Any) -> Props:
        """The inputs with a physical name where none is given: the resource's name followed by random digits."""
        inputs, olds = plain(request.news), plain(request.olds)
        if kind.named is None or inputs.get(kind.named) is not None:
            return inputs
        name = request.urn.rpartition("::")[2]
        digits = (request.randomSeed or os.urandom(4)).hex()[:7]
        unique = f"{name}-{digits}"
        inputs[kind.named] = olds.get(kind.named) or (unique.lower() if kind.service == "s3" else unique)
        return {**inputs, "__defaults": [kind.named]}

    def _refusals(self, kind: AwsType, inputs: Props) -> Iterator[str]:
        for call in kind.create:
            try:
                params = self._params(kind, call, inputs)
            except Unknown as error:
                yield str(error)
                continue
            if UNKNOWN not in str(params):  # otherwise it is checked when all values are known
                shape = self._shape(kind, call.operation)
                report = ParamValidator().validate(params, shape)
                if report.has_errors():
                    yield report.generate_report()

    def _shape(self, kind: AwsType, operation: str) -> Any:
        return self.client(kind.service).meta.service_model.operation_model(operation).input_shape

    def _params(self, kind: AwsType, call: Call, inputs: Props) -> Props:
        used = {name: inputs[name] for name in call.uses if inputs.get(name) is not None}
        return dict(to_request(call.shaped(used), self._shape(kind, call.operation), kind.service, call.renames))

    def _call(self, kind: AwsType, operation: str, params: Props) -> Props:
        answer = getattr(self.client(kind.service), botocore.xform_name(operation))(**params)
        answer.pop("ResponseMetadata", None)
        return dict(answer)

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = TYPES[resource_type(request.urn)]
        before, after = plain(request.old_inputs), plain(request.news)
        for name in request.ignoreChanges:
            if name in before:
                after[name] = before[name]
        detailed, replaces = {}, []
        for name in sorted((before.keys() | after.keys()) - {"__defaults"}):
            forced = name in kind.forces or ("*" in kind.forces and name != "tags")
            for path, how in _changes(name, before.get(name), after.get(name)):
                detailed[path] = provider_pb2.PropertyDiff(kind=f"{how}_REPLACE" if forced else how, inputDiff=True)
                replaces += [name] if forced and name not in replaces else []
        automatic = kind.named is None or kind.named in (after.get("__defaults") or [])
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=sorted({re.split(r"[.\[]", path)[0] for path in detailed}),
            replaces=replaces,
            detailedDiff=detailed,
            hasDetailedDiff=True,
            deleteBeforeReplace=bool(replaces) and not automatic,
        )

    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, inputs = TYPES[resource_type(request.urn)], plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=struct(_foreseen(kind, inputs)))
        outputs = await asyncio.to_thread(self._create, kind, inputs)
        return provider_pb2.CreateResponse(id=kind.id(outputs), properties=struct(outputs))

    def _create(self, kind: AwsType, inputs: Props) -> Props:
        response: Props = {}
        for call in kind.create:
            if set(call.uses) & {name for name, value in inputs.items() if value is not None}:
                response |= self._call(kind, call.operation, self._params(kind, call, inputs))
        arn = response.get("TopicArn") if kind.service == "sns" and "SubscriptionArn" not in response else None
        arn = response.get("SubscriptionArn") or arn
        return self._outputs(kind, {**inputs, **({"arn": arn} if arn else {})})

    def _outputs(self, kind: AwsType, props: Props) -> Props:
        live = self._live(kind, props)
        assert live is not None, f"{kind.service}: what was just created is not there"
        return {**props, **_computed(kind, props, live), "tagsAll": props.get("tags") or {}, "region": region()}

    def _live(self, kind: AwsType, props: Props) -> Props | None:
        """The resource as AWS describes it, or None where there is none."""
        operation, path = kind.read
        params = {
            {
                "AlarmNames": "AlarmNames",
                "DashboardNames": "DashboardName",
                "ResourceId": "ResourceIds",
                "logGroupName": "logGroupNamePrefix",
                "PolicyName": "PolicyName",
            }.get(name, name): value
            for name, value in kind.identity(props).items()
            if name != "force"
        }
        if operation == "DescribeRepositories":
            params = {"repositoryNames": [props["name"]]}
        if operation == "GetDashboard":
            params = {"DashboardName": props["dashboardName"]}
        if operation == "DescribeScalableTargets":
            params["ResourceIds"] = [props["resourceId"]]
        if operation == "DescribeScalingPolicies":
            params = {**{k: v for k, v in params.items() if k != "ResourceIds"}, "ResourceId": props["resourceId"]}
            params["PolicyNames"] = [params.pop("PolicyName")]
        try:
            described: Any = self._call(kind, operation, params)
        except ClientError as error:
            if MISSING.search(str(error)):
                return None
            raise
        for part in filter(None, path.split(".")):
            described = (described[0] if described else None) if part == "0" else described.get(part)
            if described is None:
                return None
        return dict(described)

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, before, after = TYPES[resource_type(request.urn)], plain(request.olds), plain(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=struct({**before, **after}))
        outputs = await asyncio.to_thread(self._update, kind, before, plain(request.old_inputs), after)
        return provider_pb2.UpdateResponse(properties=struct(outputs))

    def _update(self, kind: AwsType, outputs: Props, before: Props, after: Props) -> Props:
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} - {
            "__defaults"
        }
        if "tags" in changed:
            retag(self.client(kind.service), kind.service, outputs, before.get("tags") or {}, after.get("tags") or {})
        remaining = changed - {"tags"} - kind.ignored
        for call in kind.update:
            if remaining & set(call.uses):
                params = self._params(kind, call, {name: value for name, value in after.items() if name != "tags"})
                self._call(kind, call.operation, params)
                remaining -= set(call.uses)
        if remaining:
            raise NotImplementedError(f"this stand-in updates no {', '.join(sorted(remaining))} of {kind.service}")
        return self._outputs(kind, {**outputs, **after})

    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = TYPES[resource_type(request.urn)]
        props, inputs = plain(request.properties), plain(request.inputs)
        live = await asyncio.to_thread(self._live, kind, props)
        if live is None:
            return provider_pb2.ReadResponse()
        current = {**inputs, **_drifted(kind, inputs, live)}
        return provider_pb2.ReadResponse(id=request.id, properties=struct({**props, **current}), inputs=struct(current))

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, props = TYPES[resource_type(request.urn)], plain(request.properties)
        if kind.delete:
            await asyncio.to_thread(self._delete, kind, props)
        return Empty()

    def _delete(self, kind: AwsType, props: Props) -> None:
        try:
            self._call(kind, kind.delete, kind.identity(props))
        except ClientError as error:
            if not MISSING.search(str(error)):
                raise

    async def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        answer = await asyncio.to_thread(self._invoke, request.tok.rpartition(":")[2])
        return provider_pb2.InvokeResponse(**{"return": struct(answer)})

    def _invoke(self, function: str) -> Props:
        match function:
            case "getCallerIdentity":
                identity = self.client("sts").get_caller_identity()
                return {
                    "accountId": identity["Account"],
                    "arn": identity["Arn"],
                    "userId": identity["UserId"],
                    "id": identity["Account"],
                }
            case "getRegion":
                return {"id": region(), "region": region(), "name": region(), "description": "", "endpoint": ""}
            case "getAuthorizationToken":
                token = self.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
                user, _, password = base64.b64decode(token).decode().partition(":")
                place = {"id": region(), "region": region(), "proxyEndpoint": "", "expiresAt": ""}
                return {**place, "authorizationToken": token, "userName": user, "password": password}
        raise NotImplementedError(f"the function {function} is not known here")


def _foreseen(kind: AwsType, inputs: Props) -> Props:
    """The outputs in a preview: the inputs, and the computed outputs as unknown."""
    unknown = dict.fromkeys(kind.computed, UNKNOWN)
    return {**inputs, **unknown, "tagsAll": inputs.get("tags") or {}, "region": region()}


def _computed(kind: AwsType, props: Props, live: Mapping[str, Any]) -> Props:
    computed: Props = {}
    for name, path in kind.computed.items():
        computed[name] = path.format(**props) if "{" in path else live.get(path)
    registry = os.environ.get("MODELBERTH_TEST_REGISTRY")
    if "repositoryUrl" in computed and registry:
        computed["repositoryUrl"] = f"{registry}/{props['name']}"  # images go to the registry on loopback
    return computed


def _drifted(kind: AwsType, inputs: Props, live: Mapping[str, Any]) -> Props:
    """The plain values that are different in AWS from the inputs, by property."""
    renames = {name: member for call in kind.create for name, member in call.renames.items()}
    live_values = {re.sub(r"[^a-z0-9]", "", name.lower()): value for name, value in live.items()}
    drifted: Props = {}
    for name, value in inputs.items():
        member = re.sub(r"[^a-z0-9]", "", renames.get(name, name).lower())
        if isinstance(value, (str, float, int, bool)) and member in live_values:
            actual = live_values[member]
            if isinstance(actual, (str, float, int, bool)) and as_json(actual) != as_json(value):
                drifted[name] = actual
    return drifted


def _changes(path: str, before: Any, after: Any) -> Iterator[tuple[str, str]]:
    """The paths below which two values differ, each with whether it was added, deleted or updated."""
    before, after = as_json(before), as_json(after)
    if before == after or (not before and not after and before is not False and after is not False):
        return
    if isinstance(before, dict) and isinstance(after, dict) and "{" not in path:
        for key in sorted(before.keys() | after.keys()):
            yield from _changes(
                f"{path}.{key}" if re.fullmatch(r"\w+", key) else f'{path}["{key}"]', before.get(key), after.get(key)
            )
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _changes(f"{path}[{index}]", old, new)
    else:
        yield path, ADD if before is None else DELETE if after is None else UPDATE


if __name__ == "__main__":
    run(Aws())
