"""The table that describes fields: one row for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from services.geometry.casting import cast_to
from services.geometry.features import Field, RecordSet

_COUNT, _NUMBER = "esriFieldTypeBigInteger", "esriFieldTypeDouble"
_NUMBERS = ("MIN", "MAX", "SUM", "MEAN", "STD", "Q1", "MEDIAN", "Q3")
STATISTICS_FIELDS = (
    Field("FIELDNAME", alias="Field"),
    Field("ALIAS", alias="Alias"),
    Field("FIELDTYPE", alias="Type"),
    *(Field(name, _COUNT) for name in ("COUNT", "NULLS", "UNIQUE")),
    Field("MIN_TEXT", alias="Smallest"),
    Field("MAX_TEXT", alias="Largest"),
    *(Field(name, _NUMBER) for name in _NUMBERS),
)


def described(records: RecordSet, names: Sequence[str]) -> RecordSet:
    """Return the statistics of the fields of these names."""
    rows = [_row(records.field(name), records.column(name)) for name in names]
    columns = {one.name: [row.get(one.name) for row in rows]
               for one in STATISTICS_FIELDS}  # fmt: skip
    return RecordSet.from_columns(columns, STATISTICS_FIELDS)


def _row(field: Field, column: pa.ChunkedArray[Any]) -> dict[str, Any]:
    ends = pc.min_max(column)
    smallest, largest = (
        cast_to(pa.chunked_array([pa.array([ends[one].as_py()], column.type)]),
                Field(""), [])[0].as_py()
        for one in ("min", "max")
    )  # fmt: skip
    row = {
        "FIELDNAME": field.name,
        "ALIAS": field.alias,
        "FIELDTYPE": field.type.removeprefix("esriFieldType"),
        "COUNT": len(column) - column.null_count,
        "NULLS": column.null_count,
        "UNIQUE": pc.count_distinct(column).as_py(),
        "MIN_TEXT": smallest,
        "MAX_TEXT": largest,
    }
    return row | (_numbers(column) if field.is_numeric else {})


def _numbers(column: pa.ChunkedArray[Any]) -> dict[str, float | None]:
    numbers = column.cast(pa.float64(), safe=False)
    quartiles = pc.quantile(numbers, [0.25, 0.5, 0.75]).to_pylist()
    ends = pc.min_max(numbers).as_py()
    values = (
        ends["min"], ends["max"], pc.sum(numbers).as_py(), pc.mean(numbers).as_py(),
        pc.stddev(numbers, ddof=1, min_count=2).as_py(), *quartiles,
    )  # fmt: skip
    return dict(zip(_NUMBERS, values, strict=True))
