"""A stand-in for pulumi-aws's provider plugin, which no package registry has: it makes its resources through AWS's API.

It refuses every resource type and every property that it does not know, and whatever botocore's own validation refuses.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import botocore
from aws_calls import ASSIGNED, Ask, AwsType, Call, Props, Unknown, region, retag, to_request
from aws_diff import changed_properties, changes, drifted, foreseen
from aws_invokes import invoke
from aws_types import TYPES
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from google.protobuf.empty_pb2 import Empty
from plugin import UNKNOWN, Plugin, plain, resource_type, run, struct
from pulumi.runtime.proto import provider_pb2

MISSING = re.compile(r"NotFound|NoSuch|Could not find|does not exist|404|ResourceNotFound", re.IGNORECASE)


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
                params = self._params(kind, call, {**dict.fromkeys(kind.assigned, ASSIGNED), **inputs})
            except Unknown as error:
                yield str(error)
                continue
            if params is not None and UNKNOWN not in str(params):  # otherwise it is checked when all values are known
                shape = self._shape(kind, call.operation)
                report = ParamValidator().validate(params, shape)
                if report.has_errors():
                    yield report.generate_report()

    def _shape(self, kind: AwsType, operation: str) -> Any:
        return self.client(kind.service).meta.service_model.operation_model(operation).input_shape

    def _params(self, kind: AwsType, call: Call, inputs: Props, before: Props | None = None) -> Props | None:
        """The parameters of a call, `before` being what it updates; None if there is nothing to call for."""
        updating = call.differing is not None and before is not None
        shaped = call.differing(call.used(before), call.used(inputs)) if updating else call.shaped(call.used(inputs))
        if shaped is None:
            return None
        return dict(to_request(shaped, self._shape(kind, call.operation), kind.service, call.renames))

    def _asking(self, kind: AwsType) -> Ask:
        def ask(operation: str, params: Props) -> Props:
            answer = getattr(self.client(kind.service), botocore.xform_name(operation))(**params)
            answer.pop("ResponseMetadata", None)
            return dict(answer)

        return ask

    def _make(self, kind: AwsType, call: Call, props: Props, before: Props | None = None) -> Props:
        """Make one call that creates or changes a resource, and wait until it has come to its end."""
        params = self._params(kind, call, props, before)
        if params is None:
            return {}
        ask = self._asking(kind)
        try:
            answer = ask(call.operation, params)
        except ClientError as error:
            if error.response["Error"]["Code"] != call.done_already:
                raise
            return {}
        told = {name: take(answer) for name, take in kind.assigned.items()}
        assigned = {name: value for name, value in told.items() if value is not None}
        while not kind.settled(ask, {**props, **assigned}):
            pass
        return assigned

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = TYPES[resource_type(request.urn)]
        before, after = plain(request.old_inputs), plain(request.news)
        for name in request.ignoreChanges:
            if name in before:
                after[name] = before[name]
        detailed, replaces = {}, []
        for name in sorted((before.keys() | after.keys()) - {"__defaults"}):
            forced = name in kind.forces or ("*" in kind.forces and name != "tags")
            for path, how in changes(name, before.get(name), after.get(name)):
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
            return provider_pb2.CreateResponse(properties=struct(foreseen(kind, inputs)))
        outputs = await asyncio.to_thread(self._create, kind, inputs)
        return provider_pb2.CreateResponse(id=kind.id(outputs), properties=struct(outputs))

    def _create(self, kind: AwsType, inputs: Props) -> Props:
        props = dict(inputs)
        given = {name for name, value in inputs.items() if value is not None}
        for call in kind.create:
            if call.concerns(given):
                props |= self._make(kind, call, props)
        return self._outputs(kind, props)

    def _outputs(self, kind: AwsType, props: Props) -> Props:
        live = self._live(kind, props)
        assert live is not None, f"{kind.service}: what was just created is not there"
        return {**props, **self._computed(kind, props, live), "tagsAll": props.get("tags") or {}, "region": region()}

    def _computed(self, kind: AwsType, props: Props, live: Mapping[str, Any]) -> Props:
        computed: Props = {}
        for name, path in kind.computed.items():
            place = {"region": region(), "account": self._account() if "{account}" in path else ""}
            computed[name] = path.format(**{**props, **place}) if "{" in path else live.get(path)
        registry = os.environ.get("MODELBERTH_TEST_REGISTRY")
        if "repositoryUrl" in computed and registry:
            computed["repositoryUrl"] = f"{registry}/{props['name']}"  # images go to the registry on loopback
        return computed

    def _account(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])

    def _live(self, kind: AwsType, props: Props) -> Props | None:
        """The resource as AWS describes it, or None where there is none."""
        operation, path = kind.read
        ask = self._asking(kind)
        try:
            described: Any = ask(operation, (kind.sought or kind.identity)(props))
        except ClientError as error:
            if MISSING.search(str(error)):
                return None
            raise
        for part in filter(None, path.split(".")):
            described = (described[0] if described else None) if part == "0" else described.get(part)
            if described is None:
                return None
        return kind.seen(ask, props, dict(described))

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, before, after = TYPES[resource_type(request.urn)], plain(request.olds), plain(request.news)
        changed = changed_properties(plain(request.old_inputs), after)
        if request.preview:
            renewed = dict.fromkeys(kind.renewed(changed, after), UNKNOWN)
            return provider_pb2.UpdateResponse(properties=struct({**before, **after, **renewed}))
        outputs = await asyncio.to_thread(self._update, kind, before, plain(request.old_inputs), after)
        return provider_pb2.UpdateResponse(properties=struct(outputs))

    def _update(self, kind: AwsType, outputs: Props, before: Props, after: Props) -> Props:
        changed = changed_properties(before, after)
        if "tags" in changed:
            retag(self.client(kind.service), kind.service, outputs, before.get("tags") or {}, after.get("tags") or {})
        changed -= {"tags"} | kind.ignored
        assigned = {name: outputs[name] for name in kind.assigned}
        for call in kind.update:
            if call.concerns(changed):
                self._make(kind, call, {**assigned, **after, "tags": None}, {**assigned, **before})
        remaining = changed.difference(*(call.when or call.uses for call in kind.update))
        if remaining:
            raise NotImplementedError(f"this stand-in updates no {', '.join(sorted(remaining))} of {kind.service}")
        return self._outputs(kind, {**assigned, **after})

    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = TYPES[resource_type(request.urn)]
        props, inputs = plain(request.properties), plain(request.inputs)
        live = await asyncio.to_thread(self._live, kind, props)
        if live is None:
            return provider_pb2.ReadResponse()
        current = {**inputs, **drifted(kind, inputs, live)}
        outputs = {**props, **self._computed(kind, props, live), **current}
        return provider_pb2.ReadResponse(id=request.id, properties=struct(outputs), inputs=struct(current))

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, props = TYPES[resource_type(request.urn)], plain(request.properties)
        if kind.delete:
            await asyncio.to_thread(self._delete, kind, props)
        return Empty()

    def _delete(self, kind: AwsType, props: Props) -> None:
        try:
            self._asking(kind)(kind.delete, kind.identity(props))
        except ClientError as error:
            if not MISSING.search(str(error)):
                raise

    async def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        function = request.tok.rpartition(":")[2]
        answer = await asyncio.to_thread(invoke, function, plain(request.args), self.client)
        return provider_pb2.InvokeResponse(**{"return": struct(answer)})


if __name__ == "__main__":
    run(Aws())
