"""Arrow columns of any reader to the fields and columns of our tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from services.errors import InvalidValue
from services.geometry.columns import unique_name
from services.geometry.features import Field, RecordSet
from services.moments import FIRST, LAST

MAX_FIELDS = 256
_DATE = pa.timestamp("ms", tz="UTC")
_INTEGER = r"^[+-]?(0|[1-9][0-9]{0,17})$"
_NUMBER = r"^[+-]?(0?\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][+-]?[0-9]{1,3})?$"
_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
)
_ZONE = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_CONTROL = re.compile(r"[\0-\x1f\x7f]")


def records_of(table: pa.Table, notes: list[str]) -> RecordSet:
    """Return a table in our types; what has none is left out with a note.

    Whole numbers keep their width, truth becomes 0 and 1, dates become moments in
    UTC, lists and structures JSON text. Names that are too long, or the same but for
    case, are changed with a note. Raises InvalidValue for text that is not UTF-8 and
    for numbers that are not finite.
    """
    if table.num_columns > MAX_FIELDS:
        raise InvalidValue(
            f"has {table.num_columns} columns; at most {MAX_FIELDS} are accepted"
        )
    fields: list[Field] = []
    columns: list[pa.ChunkedArray] = []
    for raw_name, raw in zip(table.column_names, table.columns, strict=True):
        found = _converted(raw_name, raw)
        if found is None:
            notes.append(f"the column {raw_name[:64]} of binary data was left out")
            continue
        name = _new_name(raw_name, [field.name for field in fields], notes)
        fields.append(Field(name, found[0]))
        columns.append(found[1])
    return RecordSet(tuple(fields), pa.table(columns, names=[f.name for f in fields]))


def _new_name(raw: str, taken: list[str], notes: list[str]) -> str:
    name = unique_name(_CONTROL.sub("", raw).strip() or "field", taken)
    if name != raw:
        notes.append(f"the column '{raw[:80]}' is called '{name}' here")
    return name


def _converted(name: str, raw: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray] | None:
    """Return the Esri type and the column in the type of our tables."""
    column = _plain(raw)
    kind = column.type
    if _is_binary(kind):
        return None
    for fits, esri, convert in _CONVERSIONS:
        if fits(kind):
            try:
                return f"esriFieldType{esri}", convert(column)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
                raise InvalidValue(
                    f"the column {name[:64]} holds a value that does not fit its type"
                ) from None
    return "esriFieldTypeString", _json_texts(column)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if isinstance(column.type, pa.BaseExtensionType):
        return column.cast(column.type.storage_type)
    return column


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_null(kind)
    )


def _one_of(*kinds: pa.DataType) -> Callable[[pa.DataType], bool]:
    return lambda kind: kind in kinds


def _to(kind: pa.DataType) -> Callable[[pa.ChunkedArray], pa.ChunkedArray]:
    return lambda column: column.cast(kind)


def _doubles(column: pa.ChunkedArray) -> pa.ChunkedArray:
    numbers = column.cast(pa.float64(), safe=False)
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    if pc.any(pc.is_inf(numbers)).as_py():
        raise ValueError
    return numbers


def _dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    moments = column.cast(pa.timestamp("ms", tz=column.type.tz), safe=False)
    milliseconds = moments.cast(pa.int64())
    ends = pc.min_max(milliseconds).as_py()
    if ends["min"] is not None and not FIRST <= ends["min"] <= ends["max"] <= LAST:
        raise ValueError
    return milliseconds.cast(_DATE)


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = column.cast(pa.string())
    return pc.replace_substring_regex(texts, r"\.0+$", "")


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = column.cast(pa.string())
    texts.validate(full=True)
    if pc.any(pc.match_substring(texts, "\0")).as_py():
        texts = pc.replace_substring(texts, "\0", "")
    return texts


def _json_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = [
        None if value is None else json_text(value) for value in column.to_pylist()
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


def json_text(value: Any) -> str:
    """Return a list or structure as JSON text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


_CONVERSIONS: tuple[
    tuple[
        Callable[[pa.DataType], bool],
        str,
        Callable[[pa.ChunkedArray], pa.ChunkedArray],
    ],
    ...,
] = (
    (_one_of(pa.bool_(), pa.int8(), pa.uint8(), pa.int16()), "SmallInteger",
     _to(pa.int16())),
    (_one_of(pa.uint16(), pa.int32()), "Integer", _to(pa.int32())),
    (pa.types.is_integer, "BigInteger", _to(pa.int64())),
    (pa.types.is_floating, "Double", _doubles),
    (pa.types.is_decimal, "Double", _doubles),
    (pa.types.is_date, "Date", _dates),
    (pa.types.is_timestamp, "Date", _dates),
    (pa.types.is_time, "TimeOnly", _times),
    (_is_text, "String", _texts),
)  # fmt: skip


def inferred(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of text as what all its values are: numbers, truth, moments.

    ``007`` stays text: such digits are codes. Null is an empty cell.
    """
    if texts.null_count == len(texts):
        return texts
    if _all(texts, _INTEGER):
        digits = pc.replace_substring_regex(texts, r"^\+", "")
        return narrowed(digits.cast(pa.int64()))
    if _all(texts, _NUMBER):
        return texts.cast(pa.float64())
    if _all(texts, "^(?i:true|false)$"):
        return pc.equal(pc.utf8_lower(texts), "true")
    return moments_in(texts)


def moments_in(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of ISO dates as moments, any other as it is.

    Without a zone they are UTC; a column that has it only in part stays text.
    """
    if texts.null_count == len(texts):
        return texts
    for pattern, kind in (
        (f"{_MOMENT}$", pa.timestamp("ms")),
        (f"{_MOMENT}{_ZONE}", _DATE),
    ):
        if _all(texts, pattern):
            whole = pc.replace_substring_regex(texts, r"(\.[0-9]{3})[0-9]+", r"\1")
            try:
                return _dates(whole.cast(kind))
            except (pa.ArrowInvalid, ValueError):
                return texts  # a thirteenth month, the year 0000
    return texts


def narrowed(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whole numbers in 32 bits where all of them fit."""
    ends = pc.min_max(numbers).as_py()
    fits = ends["min"] is None or (ends["min"] >= -(2**31) and ends["max"] < 2**31)
    return numbers.cast(pa.int32()) if fits else numbers


def _all(texts: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())
