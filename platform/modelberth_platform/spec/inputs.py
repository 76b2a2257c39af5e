"""The type of fields that may be Pulumi Outputs: a plain value is checked at once, an Output once it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args

import pulumi
from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")


class _CheckedWhenKnown:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        plain = get_args(source)[0]
        adapter: TypeAdapter[Any] = TypeAdapter(plain)

        def check(value: Any, check_plain: Any) -> Any:
            if isinstance(value, pulumi.Output):
                return value.apply(adapter.validate_python)
            return check_plain(value)

        return core_schema.no_info_wrap_validator_function(check, handler(plain))


if TYPE_CHECKING:
    In = Union[T, pulumi.Output[T]]  # noqa: UP007 - a generic alias
else:
    In = Annotated[T | pulumi.Output[T], _CheckedWhenKnown()]
"""`In[T]` is a `T` or an Output of one."""
