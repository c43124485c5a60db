"""Fields of features and tables: added, calculated, joined, described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.errors import ToolFailed
from services.geometry.casting import cast_to
from services.geometry.columns import MAX_NAME, append, plain_ids, take_or_null
from services.geometry.features import FeatureSet, Field, RecordSet, field_for
from services.geometry.summaries import field_names
from services.query.selection import named
from services.tool import Context, Param, tool
from services.tools._fieldtable import STATISTICS_FIELDS, described
from services.tools._inputs import squares
from services.tools._measures import measured

FieldType = Literal[
    "TEXT", "SHORT", "LONG", "BIGINTEGER", "FLOAT", "DOUBLE", "DATE", "DATEONLY", "GUID"
]
_TYPES = {
    "TEXT": "String", "SHORT": "SmallInteger", "LONG": "Integer",
    "BIGINTEGER": "BigInteger", "FLOAT": "Single", "DOUBLE": "Double", "DATE": "Date",
    "DATEONLY": "DateOnly", "GUID": "GUID",
}  # fmt: skip
_IDS = ("esriFieldTypeOID", "esriFieldTypeGlobalID")
_PARCELS = squares(
    (24.0, 60.0, 0.4), (24.5, 60.0, 0.3), parcel=["A", "B"], people=[1200, 400]
)
_OWNERS = {
    "fields": [
        {"name": "parcel", "type": "esriFieldTypeString"},
        {"name": "owner", "type": "esriFieldTypeString"},
    ],
    "features": [
        {"attributes": {"parcel": "A", "owner": "Ann"}},
        {"attributes": {"parcel": "B", "owner": "Ben"}},
    ],
}


@tool(title="Add Field", category="Data Management")
def add_field(
    input_features: Annotated[FeatureSet, Param("Features", example=_PARCELS)],
    field_name: Annotated[str, Param("Name of the field", example="checked")],
    field_type: Annotated[FieldType, Param("Type of the field")] = "TEXT",
    field_length: Annotated[
        int | None,
        Param("Length of texts", minimum=1, maximum=1_000_000),
    ] = None,
    field_alias: Annotated[str, Param("Alias")] = "",
    default_value: Annotated[
        str,
        Param(
            "Value of all rows",
            description="Null if it is left out. Dates are"
            " written as 2024-12-31 or 2024-12-31 23:59:59, in UTC.",
        ),
    ] = "",
) -> Annotated[FeatureSet, Param("Features with the field", name="Output_Features")]:
    """Add a field at the end, null or of one value in all rows.

    Names have 1 to 64 characters, and no other field may have the same, in any
    case. SHORT, LONG and BIGINTEGER are whole numbers of 16, 32 and 64 bits, FLOAT
    and DOUBLE numbers; DATE is a moment and DATEONLY a day.
    """
    field = _new_field(
        input_features, field_name, field_type, field_length, field_alias
    )
    text = pa.scalar(default_value or None, pa.string())
    notes: list[str] = []
    column = cast_to(pa.chunked_array([pa.repeat(text, 1)]), field, notes)
    if notes:
        raise ToolFailed(
            f"Default_Value '{default_value[:60]}' does not fit: {notes[0]}"
        )
    values = pa.repeat(column[0], len(input_features))
    return input_features.with_column(field.name, values, field)


def _new_field(
    records: RecordSet, name: str, kind: str, length: int | None = None, alias: str = ""
) -> Field:
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise ToolFailed(f"Field_Name must have 1 to {MAX_NAME} characters")
    if name.lower() in {one.name.lower() for one in records.fields}:
        raise ToolFailed(f"Field_Name: there is a field '{name}' already")
    if length is not None and kind != "TEXT":
        raise ToolFailed(f"Field_Length is for TEXT, not for {kind}")
    return Field(name, f"esriFieldType{_TYPES[kind]}", alias.strip(), length)


@tool(title="Calculate Field", category="Data Management")
def calculate_field(
    input_features: Annotated[FeatureSet, Param("Features", example=_PARCELS)],
    field: Annotated[
        str,
        Param(
            "Field",
            description="One that is there, or the name of a new one.",
            example="density",
        ),
    ],
    expression: Annotated[
        str,
        Param(
            "Expression in SQL",
            description="Such as ROUND(people / 2, 1), or CASE WHEN people > 500"
            " THEN 'large' ELSE 'small' END.",
            example="ROUND(people / ($area / 1000000), 2)",
        ),
    ],
    field_type: Annotated[
        FieldType | None,
        Param("Type of a new field", description="Without one that of the values."),
    ] = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Features with values", name="Output_Features")]:
    """Calculate the values of a field from those of others.

    The expression is SQL, and only what is named here: fields, numbers, texts in
    single quotes, DATE '2024-12-31', TIMESTAMP '2024-12-31 23:59:59', NULL; + - * /
    and %; two bars that join texts; comparisons, AND, OR, NOT, IN, BETWEEN, LIKE,
    IS NULL; CASE; ABS, ROUND, FLOOR, CEILING, SQRT, POWER, EXP, LN, LOG10, SIGN,
    MOD, SIN, COS, TAN, ASIN, ACOS, ATAN, ATAN2, PI, RADIANS, DEGREES; LEAST,
    GREATEST, COALESCE, NULLIF, CAST; UPPER, LOWER, TRIM, LTRIM, RTRIM, LENGTH,
    SUBSTRING, LEFT, RIGHT, REPLACE, CONCAT; EXTRACT, YEAR, QUARTER, MONTH, WEEK
    (ISO 8601), DAY, HOUR, MINUTE, SECOND (in UTC). A date minus a date is days, a
    date plus a number that many days later. Names with blanks stand in double
    quotes.

    $area and $length are square metres and metres on the ground, $x and $y the
    centre in the units of the spatial reference, as of Calculate Geometry.

    Null in an operation gives null, and so do a division by zero, the root of a
    negative number, a date outside the years 1 to 9999 and whatever else has no
    finite value. Numbers are computed as doubles; a division is never one of whole
    numbers. ROUND goes half away from zero. A condition gives 1 or 0.

    Values become the type of the field: numbers are rounded for whole ones, and
    what does not fit becomes null, counted in a warning.
    """
    from services.query.expression import values_of  # a parser: for those who use it

    words = _words(input_features)
    values = named("Expression", lambda: values_of(expression, input_features, words))
    known = next(
        (one for one in input_features.fields if one.name.lower() == field.lower()),
        None,
    )
    if known is not None and known.type in _IDS:
        raise ToolFailed(f"Field: {known.name} identifies features and stays as it is")
    if known is None:
        target = _new_field(input_features, field, field_type or "TEXT")
        if field_type is None:
            target = replace(target, type=field_for(field, values).type)
    else:
        target = known
    notes: list[str] = []
    column = cast_to(values, target, notes)
    if context is not None:
        for note in notes:
            context.warn(note)
        context.message(f"{column.null_count} of {len(column)} values are null")
    target = replace(target, nullable=target.nullable or column.null_count > 0)
    return input_features.with_column(target.name, column, target)


def _words(features: FeatureSet) -> dict[str, Callable[[], np.ndarray]]:
    names = {"$x": "CENTROID_X", "$y": "CENTROID_Y"}
    if features.geometry_type == "esriGeometryPolygon":
        names |= {"$area": "AREA", "$length": "PERIMETER"}
    elif features.geometry_type == "esriGeometryPolyline":
        names |= {"$length": "LENGTH"}
    return {word: partial(_measure, features, name) for word, name in names.items()}


def _measure(features: FeatureSet, name: str) -> np.ndarray:
    return measured(features, name, "Meters", "SquareMeters")[0]


@tool(title="Join Field", category="Data Management")
def join_field(
    input_features: Annotated[FeatureSet, Param("Features", example=_PARCELS)],
    input_field: Annotated[str, Param("Field with keys", example="parcel")],
    join_table: Annotated[RecordSet, Param("Table to join", example=_OWNERS)],
    join_field: Annotated[str, Param("Field with keys in the table", example="parcel")],
    fields: Annotated[
        list[str] | None,
        Param("Fields to add", description="All but the keys, if none is named."),
    ] = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Joined features", name="Output_Features")]:
    """Add fields of a table to features by equal keys.

    Each feature gets the values of the first row of the table with its key, null if
    there is none; messages count both features without a row and rows whose key an
    earlier row has. Numbers are equal by value, whatever their types; texts in their
    case; null equals nothing. A name that the features have gets the suffix _1.
    """
    keys, others = input_features.column(input_field), join_table.column(join_field)
    keys, others = _comparable(keys, others, f"{input_field} and {join_field}")
    names = field_names(join_table, fields) or [
        one.name for one in join_table.fields
        if one.name.lower() != join_field.strip().lower()
    ]  # fmt: skip
    known = others.combine_chunks()
    encoded = known.dictionary_encode()
    first = np.full(len(encoded.dictionary), -1)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    present = np.flatnonzero(known.is_valid().to_numpy(zero_copy_only=False))
    order = present[::-1]
    first[codes[order].astype(np.int64)] = order
    at = pc.fill_null(pc.index_in(keys, encoded.dictionary), -1).to_numpy()
    at = np.where(keys.is_valid().to_numpy(), at, -1)
    rows = np.where(at >= 0, first[at], -1) if len(first) else np.full(len(at), -1)
    table = take_or_null(join_table.attributes.select(names), rows)
    by_name = {one.name: replace(one, nullable=True) for one in plain_ids(join_table)}
    records = append(
        input_features.records,
        [(by_name[name], table.column(name)) for name in names],
    )
    if context is not None:
        unmatched, many = int((rows < 0).sum()), len(present) - len(first)
        context.message(f"{len(rows) - unmatched} of {len(rows)} features have a row")
        if many:
            context.warn(f"{many} rows of the table have the key of an earlier row and"
                         " were not used")  # fmt: skip
    return replace(input_features, fields=records.fields, attributes=records.attributes)


def _comparable(
    first: pa.ChunkedArray, second: pa.ChunkedArray, names: str
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return keys of one type. Raises ToolFailed if one side is texts."""
    if first.type == second.type:
        return first, second
    kinds = [pa.types.is_integer(one.type) or pa.types.is_floating(one.type)
             for one in (first, second)]  # fmt: skip
    if not all(kinds):
        raise ToolFailed(f"{names} must both be numbers, texts or dates; calculate a"
                         " field of the other type first")  # fmt: skip
    return (
        first.cast(pa.float64(), safe=False), second.cast(pa.float64(), safe=False)
    )  # fmt: skip


@tool(title="Field Statistics", category="Data Management")
def field_statistics(
    input_table: Annotated[RecordSet, Param("Table or features", example=_PARCELS)],
    fields: Annotated[
        list[str] | None, Param("Fields", description="All, if none is named.")
    ] = None,
) -> Annotated[
    RecordSet, Param("A row a field", name="Output_Table", fields=STATISTICS_FIELDS)
]:
    """Describe the values of each field in a table of one row a field.

    For every field: COUNT of values, NULLS, UNIQUE values, the smallest and largest
    as text (MIN_TEXT, MAX_TEXT). For numbers also MIN, MAX, SUM, MEAN, the standard
    deviation STD of a sample (n - 1), and the quartiles Q1, MEDIAN and Q3, between
    values by linear interpolation. Nulls are left out of all but NULLS.
    """
    names = field_names(input_table, fields) or [one.name for one in input_table.fields]
    return described(input_table, names)
