"""Calls an API in this process, with many rows at once if its input has a place for them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import typing as t

from modelberth_serving.batch.files import ArrowChunk, Chunk, Predictions
from modelberth_serving.bento import application, load_service
from modelberth_serving.errors import ServingError
from modelberth_serving.loading import close_loop, event_loop, settle_memory
from modelberth_serving.settings import Settings

_SCALARS = ("number", "integer", "string", "boolean")


@contextlib.contextmanager
def caller(settings: Settings) -> t.Iterator[Caller]:
    """Load the model and give what calls its API; run the Bento's own shutdown afterwards.

    Raises:
        ServingError: the bundle cannot be served, or the API cannot answer rows.
    """
    service = load_service(settings.bundle)
    app = application(service)
    loop = event_loop()
    asyncio.set_event_loop(loop)
    lifespan = app.lifespan()
    loop.run_until_complete(lifespan.__aenter__())
    try:
        from _bentoml_sdk.service import get_current_service

        settle_memory()
        yield Caller(service, get_current_service(), _api(service, settings.api), loop)
    finally:
        loop.run_until_complete(lifespan.__aexit__(None, None, None))
        close_loop(loop)


class Caller:
    """One API of a loaded service.

    If its input is one array, table or list, a call takes a whole chunk, in which each item is a row of the file.
    Otherwise a call takes one row, whose values are the API's arguments.
    """

    def __init__(self, service: t.Any, instance: t.Any, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self._method = service.apis[name]
        self._function = getattr(instance, name).local
        self._loop = loop
        self._root = bool(getattr(self._method.input_spec, "__root_input__", False))
        self._properties = self._method.input_spec.model_json_schema().get("properties", {})
        self._many = self._field_for_many()
        self._items = self._schema(self._many).get("items", {}).get("type") if self._many else None
        if getattr(self._method, "is_stream", False) or self._method.ctx_param is not None:
            raise ServingError(f"the API {name!r} streams or uses a request's context, which a batch does not have")

    def predict(self, chunk: Chunk) -> Predictions:
        """Predict a chunk; a row that the API refuses costs the others nothing but another call."""
        done = Predictions([], [], {chunk.first + place: reason for place, reason in chunk.bad.items()})
        answers: list[t.Any] = []
        at_once = self._takes_at_once(chunk)
        for start, stop in _good_stretches(chunk):
            if at_once:
                self._predict_many(chunk, start, stop, done, answers)
            else:
                for place in range(start, stop):
                    self._predict_one(chunk, place, done, answers)
        done.values = _joined(answers)
        return done

    def _takes_at_once(self, chunk: Chunk) -> bool:
        """Whether the input has a place for many rows of this form: a list of numbers has none for rows of numbers."""
        wide = len(chunk.columns) > 1 if chunk.columns else bool(chunk.rows) and isinstance(chunk.rows[0], list)
        return self._many is not None and not (wide and self._items in _SCALARS)

    def _predict_many(self, chunk: Chunk, start: int, stop: int, done: Predictions, answers: list[t.Any]) -> None:
        """Predict the rows from `start` to `stop`; if they are refused together, each half of them."""
        try:
            value = self._rows(chunk, start, stop)
            answer = self._call(value if self._root else {self._many: value})
        except Exception as error:
            if stop - start == 1:
                done.errors[chunk.first + start] = _reason(error)
                return
            middle = (start + stop) // 2
            self._predict_many(chunk, start, middle, done, answers)
            self._predict_many(chunk, middle, stop, done, answers)
            return
        if not hasattr(answer, "__len__") or len(answer) != stop - start:
            kind = f"{len(answer)} answers" if hasattr(answer, "__len__") else f"one {type(answer).__name__}"
            raise ServingError(
                f"the API {self._method.name!r} gives {kind} for {stop - start} rows; a batch needs one for each row"
            )
        done.numbers += range(chunk.first + start, chunk.first + stop)
        answers.append(answer if _is_array(answer) else _plain(answer))

    def _predict_one(self, chunk: Chunk, place: int, done: Predictions, answers: list[t.Any]) -> None:
        try:
            answer = self._call(self._arguments(chunk, place))
        except Exception as error:
            done.errors[chunk.first + place] = _reason(error)
            return
        done.numbers.append(chunk.first + place)
        answers.append([_plain(answer)])

    def _call(self, value: t.Any) -> t.Any:
        spec = self._method.input_spec
        parsed = spec.from_inputs(value) if self._root else spec.from_inputs(**value)
        if self._root:
            result = self._function(getattr(parsed, "root", parsed))
        else:
            result = self._function(**{name: getattr(parsed, name) for name in type(parsed).model_fields})
        return self._loop.run_until_complete(result) if inspect.isawaitable(result) else result

    def _field_for_many(self) -> str | None:
        """The name of the one field that holds many rows; None if there is none, or the answer does not hold many."""
        if not _holds_many(self._method.output_spec.model_json_schema(mode="serialization")):
            return None
        if self._root:
            return "root" if _holds_many(self._schema("root")) else None
        names = list(self._properties)
        return str(names[0]) if len(names) == 1 and _holds_many(self._schema(names[0])) else None

    def _schema(self, field: str) -> dict[str, t.Any]:
        schema = self._method.input_spec.model_json_schema() if self._root else self._properties[field]
        return t.cast("dict[str, t.Any]", schema)

    def _arguments(self, chunk: Chunk, place: int) -> t.Any:
        """The request that one row is: its values by name, or all of them in one list if the API takes that."""
        row = chunk.rows[place]
        if chunk.columns is None:
            if self._root or isinstance(row, dict):
                return row
            if len(self._properties) == 1:
                return {next(iter(self._properties)): row}
            raise ValueError(f"is a {type(row).__name__}; the API takes an object with {', '.join(self._properties)}")
        if len(self._properties) == 1 and not set(self._properties) & set(chunk.columns):
            return {next(iter(self._properties)): [_value(cell) for cell in row]}
        text = {name for name, schema in self._properties.items() if schema.get("type") == "string"}
        named = dict(zip(chunk.columns, row))
        return {
            name: cell if name in text else _value(cell)
            for name, cell in named.items()
            if self._root or name in self._properties
        }

    def _rows(self, chunk: Chunk, start: int, stop: int) -> t.Any:
        schema = self._schema(t.cast("str", self._many))
        rows = chunk.rows[start:stop]
        if schema.get("type") == "tensor":
            return _array(rows, schema)
        if schema.get("type") == "dataframe":
            return _frame(chunk, rows)
        if chunk.columns is None:
            return rows
        if len(chunk.columns) == 1:
            return [_value(row[0]) for row in rows]
        item = schema.get("items", {})
        if item.get("type") == "array":
            return [[_value(cell) for cell in row] for row in rows]
        return [dict(zip(chunk.columns, (_value(cell) for cell in row))) for row in rows]


def _api(service: t.Any, name: str | None) -> str:
    names = sorted(service.apis)
    if name in service.apis:
        return str(name)
    if name is None and len(names) == 1:
        return str(names[0])
    problem = f"there is no API {name!r}" if name else "the bundle has several APIs"
    raise ServingError(f"{problem}; name one with --api: {', '.join(names)}")


def _good_stretches(chunk: Chunk) -> t.Iterator[tuple[int, int]]:
    """The stretches of rows (start, stop) between those that could not be read."""
    start = 0
    for place in [*sorted(chunk.bad), len(chunk.rows)]:
        if place > start:
            yield start, place
        start = place + 1


def _holds_many(schema: t.Mapping[str, t.Any]) -> bool:
    if schema.get("type") == "tensor":
        return not schema.get("shape") or schema["shape"][0] == -1
    return schema.get("type") in ("dataframe", "array")


def _array(rows: t.Any, schema: dict[str, t.Any]) -> t.Any:
    import numpy

    dtype = schema.get("dtype") or (None if _is_json_rows(rows) else "float64")
    if hasattr(rows, "numpy_columns"):
        columns = rows.numpy_columns()
        if len(columns) == 1 and columns[0].dtype == object:  # a column of lists
            columns[0] = numpy.array([_nested(value) for value in columns[0]], dtype=dtype)
        array = columns[0] if len(columns) == 1 else numpy.column_stack(columns)
        array = array.astype(dtype, copy=False)
    else:
        array = numpy.array(rows, dtype=dtype)
    shape = schema.get("shape")
    return array.reshape((len(rows), *shape[1:])) if shape else array


def _nested(value: t.Any) -> t.Any:
    return [_nested(item) for item in value] if hasattr(value, "__len__") and not isinstance(value, str) else value


def _is_json_rows(rows: t.Any) -> bool:
    return isinstance(rows, list) and bool(rows) and not (isinstance(rows[0], list) and isinstance(rows[0][0], str))


def _frame(chunk: Chunk, rows: t.Any) -> t.Any:
    import pandas

    if isinstance(chunk, ArrowChunk):
        columns = dict(zip(chunk.columns or [], rows.numpy_columns()))
        return pandas.DataFrame(columns)
    if chunk.columns is None:
        return pandas.DataFrame(rows)
    return pandas.DataFrame([[_value(cell) for cell in row] for row in rows], columns=chunk.columns)


def _value(cell: t.Any) -> t.Any:
    """The value of a CSV cell: what it is in JSON, such as a number, true, null or a list; otherwise its text."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell if cell else None


def _is_array(value: t.Any) -> bool:
    return type(value).__module__ == "numpy"


def _plain(value: t.Any) -> t.Any:
    """The value as JSON can hold it."""
    from pydantic_core import to_jsonable_python

    if hasattr(value, "to_dict"):  # a pandas.DataFrame
        value = value.to_dict(orient="records")
    return to_jsonable_python(value, fallback=lambda item: item.tolist())


def _joined(answers: list[t.Any]) -> t.Any:
    if len(answers) == 1:
        return answers[0]
    return [value for answer in answers for value in (answer.tolist() if _is_array(answer) else answer)]


def _reason(error: Exception) -> str:
    """Why a row was refused, in one line, without what the row holds."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        problems = error.errors(include_input=False, include_url=False)
        return "; ".join(f"{'.'.join(map(str, problem['loc'])) or 'row'}: {problem['msg']}" for problem in problems)
    return f"{type(error).__name__}: {error}"
