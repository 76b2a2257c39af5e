"""Calls of an API with a plain JSON body, which go straight from the server to the method.

What is out of the ordinary is left to BentoML: a body that does not fit, an error that the method raises, an answer
that is no JSON. So errors are worded in one place, which is BentoML's.

Everything here stands on private parts of BentoML (`bento.KNOWN_BENTOML`).
"""

from __future__ import annotations

import inspect
import json
import typing as t

from _bentoml_sdk.io_models import ARGS, KWARGS, IORootModel, is_file_type
from bentoml._internal.utils import get_original_func
from pydantic import BaseModel

RAISED = "modelberth.raised"
RETURNED = "modelberth.returned"
"""The keys, in a request's scope, of what a called method raised or returned, for which BentoML words the answer."""


class Answer(t.NamedTuple):
    """The answer to a request, whose status is 200."""

    headers: list[tuple[bytes, bytes]]
    body: bytes


def takes_direct_calls(method: t.Any) -> bool:
    """Whether requests of the API can go straight to its method."""
    spec, output = method.input_spec, method.output_spec
    function = get_original_func(method.func)
    streams = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    odd_fields = {ARGS, KWARGS} & set(spec.model_fields)
    multipart = spec.multipart_fields or output.multipart_fields
    if method.batchable and len(spec.model_fields) != 1:  # BentoML says what is wrong with it
        return False
    return not (method.is_task or method.is_stream or streams or method.ctx_param or odd_fields or multipart)


class DirectCall:
    """An API that plain requests call.

    Args:
        method: BentoML's description of the API.
        call: runs the method with its arguments and returns its result.
        server: the value of the header `Server`.
    """

    def __init__(self, method: t.Any, call: t.Callable[..., t.Awaitable[t.Any]], server: str) -> None:
        self._input = method.input_spec
        self._names = None if getattr(self._input, "__root_input__", False) else tuple(self._input.model_fields)
        self._output = method.output_spec
        self._call = call
        self._headers = [(b"server", server.encode())]
        media_type = self._output.mime_type()
        if media_type.startswith("text/"):
            media_type = f"{media_type}; charset=utf-8"
        self._media_type = (b"content-type", media_type.encode())

    async def __call__(self, body: bytes, scope: t.MutableMapping[str, t.Any]) -> Answer | None:
        """The answer, or None if BentoML has to answer; `scope` then has what the method raised or returned."""
        try:
            arguments = self._input.model_validate_json(body or b"{}")
        except Exception:
            return None
        try:
            if self._names is None:
                result = await self._call(arguments.root if isinstance(arguments, IORootModel) else arguments)
            else:
                result = await self._call(**{name: getattr(arguments, name) for name in self._names})
            content = self._content(result)
        except Exception as error:
            scope[RAISED] = error
            return None
        if content is None:
            scope[RETURNED] = result
            return None
        return Answer([(b"content-length", b"%d" % len(content)), self._media_type, *self._headers], content)

    def _content(self, result: t.Any) -> bytes | None:
        """The answer's bytes as BentoML writes them, or None for what is no plain value."""
        if not issubclass(self._output, IORootModel):
            if not isinstance(result, BaseModel) or type(result).model_dump_json is not BaseModel.model_dump_json:
                return None
            return result.__pydantic_serializer__.to_json(result)
        if is_file_type(type(result)) or hasattr(result, "__next__") or hasattr(result, "__anext__"):
            return None
        wrapped = result if isinstance(result, IORootModel) else self._output(result)
        plain = wrapped.__pydantic_serializer__.to_python(wrapped, mode="json")["root"]
        if isinstance(plain, str):  # text and bytes are sent as they are; a date is JSON
            return None if not isinstance(result, str) else result.encode()
        return json.dumps(plain).encode()


async def answered(
    endpoint: t.Any, method: t.Any, scope: t.MutableMapping[str, t.Any], name: str, request: t.Any
) -> t.Any:
    """BentoML's response to a request, whose method may have been called already."""
    if RAISED in scope:
        raise scope.pop(RAISED)
    if RETURNED in scope:
        from _bentoml_impl.serde import JSONSerde

        return await method.output_spec.to_http_response(scope.pop(RETURNED), JSONSerde())
    return await endpoint(name, request)
