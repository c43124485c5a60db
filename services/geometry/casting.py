"""Columns to the type of a field, with a count of what does not fit."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from services.geometry.features import Field

_NUMBER = r"^\s*[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?\s*$"
_MOMENTS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
#: The end of a text of a moment that plays no part: fractions of seconds, and UTC.
_TAIL = r"(:\d\d)\.\d{1,9}"
_ISO = "%Y-%m-%dT%H:%M:%SZ"
_DAY = "%Y-%m-%d"
_LARGEST = 2.0**63


def cast_to(
    column: pa.ChunkedArray[Any], field: Field, notes: list[str]
) -> pa.ChunkedArray[Any]:
    """Return a column of values of the type that a field has.

    Numbers are rounded for a field of whole ones, half away from zero; texts are
    read as numbers or ISO 8601 dates; dates and numbers become each other by
    milliseconds since 1970 UTC; texts are cut to the length of the field. What does
    not fit becomes null. ``notes`` get a sentence for each kind of loss, counted.
    """
    target = field.arrow_type
    if pa.types.is_string(target):
        return _cut(_to_text(column, field), field, notes)
    if column.type == target:
        return column
    before = column.null_count
    if pa.types.is_timestamp(target):
        made, what = _to_moment(column, target), "date"
    else:
        whole = pa.types.is_integer(target)
        made = _to_whole(column, target) if whole else _to_double(column)
        what = f"number for {field.type}"
    lost = made.null_count - before
    if lost:
        notes.append(f"{field.name}: {lost} values are no {what} and became null")
    return made


def _to_text(column: pa.ChunkedArray[Any], field: Field) -> pa.ChunkedArray[Any]:
    if pa.types.is_timestamp(column.type):
        is_day = field.type == "esriFieldTypeDateOnly"
        seconds = pc.floor_temporal(column, unit="second")
        return pc.strftime(
            seconds.cast(pa.timestamp("s", tz="UTC")), _DAY if is_day else _ISO
        )
    if pa.types.is_floating(column.type):  # 3 and not 3.0
        texts = column.cast(pa.string())
        return pc.replace_substring_regex(texts, r"\.0$", "")
    return column.cast(pa.string())


def _cut(
    texts: pa.ChunkedArray[Any], field: Field, notes: list[str]
) -> pa.ChunkedArray[Any]:
    if not field.length:
        return texts
    count = pc.sum(pc.greater(pc.utf8_length(texts), field.length)).as_py() or 0
    if not count:
        return texts
    notes.append(f"{field.name}: {count} texts were cut to {field.length} characters")
    return pc.utf8_slice_codeunits(texts, 0, field.length)


def _to_double(column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    if pa.types.is_string(column.type):
        fit = pc.match_substring_regex(column, _NUMBER)
        column = pc.utf8_trim_whitespace(pc.if_else(fit, column, None))
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    numbers = column.cast(pa.float64(), safe=False)
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def _to_whole(
    column: pa.ChunkedArray[Any], target: pa.DataType
) -> pa.ChunkedArray[Any]:
    if pa.types.is_timestamp(column.type) or pa.types.is_boolean(column.type):
        column = column.cast(pa.int64())
    if not pa.types.is_integer(column.type):
        numbers = pc.round(_to_double(column), round_mode="half_towards_infinity")
        fit = pc.less(pc.abs(numbers), _LARGEST)
        column = pc.if_else(fit, numbers, None).cast(pa.int64(), safe=False)
    limit = 2 ** (target.bit_width - 1)
    fit = pc.and_(pc.greater_equal(column, -limit), pc.less_equal(column, limit - 1))
    return pc.if_else(fit, column, None).cast(target)


def _to_moment(
    column: pa.ChunkedArray[Any], target: pa.DataType
) -> pa.ChunkedArray[Any]:
    if not pa.types.is_string(column.type):
        return _to_whole(column, pa.int64()).cast(target)
    texts = pc.replace_substring(pc.utf8_trim_whitespace(column), "T", " ")
    texts = pc.replace_substring_regex(texts, _TAIL, r"\1")
    texts = pc.replace_substring_regex(texts, r"(Z|\+00:?00)$", "")
    read = [pc.strptime(texts, pattern, "s", error_is_null=True)
            for pattern in _MOMENTS]  # fmt: skip
    return pc.coalesce(*read).cast(pa.timestamp("ms")).cast(target)
