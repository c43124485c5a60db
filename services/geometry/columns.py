"""Attributes of two tables side by side, names for new columns, what a field is for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.geometry.features import Field, RecordSet

#: Longest field name that an input may have; new names keep to it as well.
MAX_NAME = 64

#: What identifies a row of its own set says nothing unique in a table of pieces.
_PLAIN_TYPES = {
    "esriFieldTypeOID": "esriFieldTypeBigInteger",
    "esriFieldTypeGlobalID": "esriFieldTypeGUID",
}


def unique_name(name: str, taken: Collection[str]) -> str:
    """Return ``name``, with ``_1``, ``_2`` … if it is taken in any case."""
    lowered = {one.lower() for one in taken}
    candidate, number = name[:MAX_NAME], 0
    while candidate.lower() in lowered:
        number += 1
        suffix = f"_{number}"
        candidate = name[: MAX_NAME - len(suffix)] + suffix
    return candidate


def display_field(fields: Iterable[Field], other: str) -> str:
    """Return the field whose value names a row: a text, first one that is so called.

    ``other`` is returned where no field holds texts.
    """
    texts = [one.name for one in fields if one.type == "esriFieldTypeString"]
    called = [name for name in texts if "name" in name.lower()]
    return [*called, *texts, other][0]


def time_field(fields: Iterable[Field]) -> str:
    """Return the name of the first date field, "" if there is none."""
    return next((one.name for one in fields if one.type == "esriFieldTypeDate"), "")


def plain_ids(records: RecordSet) -> tuple[Field, ...]:
    """Return the fields with OID and GlobalID turned into plain numbers and text."""
    return tuple(
        replace(field, type=_PLAIN_TYPES.get(field.type, field.type))
        for field in records.fields
    )


def take_or_null(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """Return these rows of a table; a row of -1 is null in every column."""
    if not table.num_columns:
        return table
    return table.take(pa.array(rows, pa.int64(), mask=rows < 0))


def side_by_side(
    first: RecordSet, first_rows: np.ndarray, second: RecordSet, second_rows: np.ndarray
) -> RecordSet:
    """Return rows of two tables next to each other; -1 stands for a row of nulls.

    A name of the second that the first has too gets the suffix ``_1``. Fields of
    object ids become plain numbers, for a row may now occur more than once.
    """
    fields = list(plain_ids(first))
    left = take_or_null(first.attributes, first_rows)
    right = take_or_null(second.attributes, second_rows)
    columns = left.columns
    for field, column in zip(plain_ids(second), right.columns, strict=True):
        name = unique_name(field.name, [one.name for one in fields])
        alias = field.alias if field.alias != field.name else name
        fields.append(replace(field, name=name, alias=alias))
        columns.append(column)
    optional = tuple(
        _nullable(field, column) for field, column in zip(fields, columns, strict=True)
    )
    return RecordSet(
        optional, pa.table(columns, names=[field.name for field in optional])
    )


def one_below_the_other(
    first: RecordSet, first_rows: np.ndarray, second: RecordSet, second_rows: np.ndarray
) -> RecordSet:
    """Return rows of one table, then of another; where one has no value it is null.

    Fields of one name (in any case) and type become one column; a field of the
    second whose type differs gets the suffix ``_1``. Object ids become plain numbers.
    """
    above = np.concatenate([first_rows, np.full(len(second_rows), -1)])
    below = np.concatenate([np.full(len(first_rows), -1), second_rows])
    wide = side_by_side(first, above, second, below)
    columns, count = wide.attributes.columns, len(first.fields)
    known = {
        (one.name.lower(), one.type): at for at, one in enumerate(plain_ids(first))
    }
    kept = list(range(len(wide.fields)))
    for at, field in enumerate(plain_ids(second), count):
        same = known.get((field.name.lower(), field.type))
        if same is not None:
            columns[same] = pc.coalesce(columns[same], columns[at])
            kept.remove(at)
    fields = tuple(wide.fields[at] for at in kept)
    names = [one.name for one in fields]
    return RecordSet(fields, pa.table([columns[at] for at in kept], names=names))


def _nullable(field: Field, column: pa.ChunkedArray[Any]) -> Field:
    return replace(field, nullable=field.nullable or column.null_count > 0)


def append(
    records: RecordSet, columns: Iterable[tuple[Field, pa.ChunkedArray[Any]]]
) -> RecordSet:
    """Return a table with more columns, renamed where their names are taken."""
    fields, arrays = list(records.fields), records.attributes.columns
    for field, column in columns:
        name = unique_name(field.name, [one.name for one in fields])
        fields.append(replace(field, name=name))
        arrays.append(column.cast(field.arrow_type))
    table = pa.table(arrays, names=[field.name for field in fields])
    return RecordSet(tuple(fields), table)
