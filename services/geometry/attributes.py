"""Attributes of Esri JSON: fields and rows to Arrow columns and back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.errors import InvalidValue
from services.geometry.daytexts import EXAMPLES, are_texts_of
from services.geometry.features import ARROW_TYPES, Field, RecordSet
from services.moments import FIRST, LAST, milliseconds_in

MAX_FIELDS = 256
MAX_FIELD_NAME = 64

#: The largest object id of 32 bits; a field with larger ones has the length 8.
_LARGEST_ID = 2**31 - 1

_NUMBER = re.compile(
    r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,4})?", re.ASCII
)
_FRACTION = re.compile(r"[.eE]")


def require_objects(values: list[Any], what: str) -> None:
    """Raise InvalidValue for the first value that is no object and not null."""
    if not set(map(type, values)) <= {dict, type(None)}:
        for index, value in enumerate(values):
            if value is not None and not isinstance(value, dict):
                raise InvalidValue(f"feature {index}: {what} must be an object or null")


@dataclass(frozen=True, slots=True)
class _Column:
    field: Field
    values: list[Any]


def parse_attributes(
    document: dict[str, Any], features: list[dict[str, Any]]
) -> tuple[pa.Table, tuple[Field, ...]]:
    """Return the attributes as a table, and its fields.

    Declared fields come first, then those that only the attributes tell. Raises
    InvalidValue that names the first field or feature that does not fit.
    """
    given = [feature.get("attributes") for feature in features]
    require_objects(given, "attributes")
    rows: list[dict[str, Any]] = [one or {} for one in given]
    declared = _fields(document)
    known = {field.name for field in declared}
    seen = set().union(*rows) - known if rows else set()
    seen -= {name for name in seen if _is_geometry(name, rows)}
    _check_names([*(field.name for field in declared), *seen])
    # dict keys keep the order of the first feature that has them
    order = {name: place for place, name in enumerate(rows[0])} if rows else {}
    extra = sorted(seen, key=lambda name: (order.get(name, len(order)), name))
    columns = [_Column(field, [row.get(field.name) for row in rows])
               for field in declared]  # fmt: skip
    for name in extra:
        values = [row.get(name) for row in rows]
        columns.append(_Column(Field(name, _infer(name, values), name), values))
    arrays = [pa.chunked_array([_column(column)]) for column in columns]
    fields = tuple(column.field for column in columns)
    return pa.table(arrays, names=[field.name for field in fields]), fields


def _is_geometry(name: str, rows: list[dict[str, Any]]) -> bool:
    """Tell if an attribute is the geometry again, as the ArcGIS API for Python does."""
    if name.lower() != "shape":
        return False
    kinds = {type(row.get(name)) for row in rows} - {type(None)}
    return kinds == {dict}


def _check_names(names: list[str]) -> None:
    if len(names) > MAX_FIELDS:
        raise InvalidValue(f"{len(names)} fields, at most {MAX_FIELDS} are accepted")
    lowered = [name.lower() for name in names]
    for name in names:
        if not name or len(name) > MAX_FIELD_NAME:
            raise InvalidValue(
                f"a field name must have 1 to {MAX_FIELD_NAME} characters"
            )
        if lowered.count(name.lower()) > 1:
            raise InvalidValue(
                f"two fields are named '{name}'; upper and lower case count as one"
            )


def _fields(document: dict[str, Any]) -> list[Field]:
    raw = document.get("fields")
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise InvalidValue("fields must be a list of objects with name and type")
    fields = [_field(one) for one in raw if one.get("type") != "esriFieldTypeGeometry"]
    # The ArcGIS API for Python declares the object id of a data frame twice.
    return [one for place, one in enumerate(fields)
            if one.type != "esriFieldTypeOID" or one not in fields[:place]]  # fmt: skip


def _field(raw: dict[str, Any]) -> Field:
    name, kind = raw.get("name"), raw.get("type", "esriFieldTypeString")
    if not isinstance(name, str):
        raise InvalidValue("each of the fields needs a name")
    if not isinstance(kind, str) or kind not in ARROW_TYPES:
        raise InvalidValue(f"field '{name[:64]}': unknown type '{str(kind)[:60]}'")
    alias, length = raw.get("alias"), raw.get("length")
    return Field(
        name,
        kind,
        alias if isinstance(alias, str) else "",
        length if isinstance(length, int) and not isinstance(length, bool) else None,
        raw.get("nullable") is not False,
    )


def _infer(name: str, values: list[Any]) -> str:
    kinds = set(map(type, values)) - {type(None)}
    if not kinds <= {str, int, float, bool}:
        raise InvalidValue(
            f"field '{name[:64]}': an attribute must be text, a number or null"
        )
    if str in kinds or not kinds:
        return "esriFieldTypeString"
    if float in kinds:
        return "esriFieldTypeDouble"
    widest = max(abs(value) for value in values if value is not None)
    if widest >= 2**63:
        return "esriFieldTypeDouble"
    return "esriFieldTypeInteger" if widest < 2**31 else "esriFieldTypeBigInteger"


def _column(column: _Column) -> pa.Array:
    field, values = column.field, column.values
    kinds = set(map(type, values)) - {type(None)}
    try:
        if field.type == "esriFieldTypeDate":
            return _dates(values, kinds)
        if field.type in EXAMPLES:
            return _day_texts(field.type, values, kinds)
        if field.arrow_type == pa.string():
            return pa.array(_texts(values, kinds), pa.string())
        numbers = _numbers(values, kinds, field.arrow_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, ValueError, TypeError):
        example = EXAMPLES.get(field.type)
        raise InvalidValue(
            f"field '{field.name}' is declared {field.type} but holds a value that"
            f" does not fit{f': expected a text like {example}' if example else ''}"
        ) from None
    if _has_narrow_type(field) and _are_wide(numbers):
        raise InvalidValue(
            f"field '{field.name}' holds object ids of 64 bits: declare it with"
            ' "length": 8'
        )
    return numbers


def _has_narrow_type(field: Field) -> bool:
    return field.type == "esriFieldTypeOID" and field.length != 8


def _are_wide(numbers: pa.Array | pa.ChunkedArray) -> bool:
    ends = pc.min_max(numbers).as_py()
    return ends["max"] is not None and not (
        -_LARGEST_ID <= ends["min"] <= ends["max"] <= _LARGEST_ID
    )


def _day_texts(kind: str, values: list[Any], kinds: set[type]) -> pa.Array:
    if not kinds <= {str}:
        raise TypeError
    texts = pc.utf8_trim_whitespace(pa.array(values, pa.string()))
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    if not are_texts_of(kind, texts):
        raise ValueError
    return texts


def _numbers(values: list[Any], kinds: set[type], kind: pa.DataType) -> pa.Array:
    if kinds & {str, bool}:
        values = [_number(value) for value in values]
        kinds = set(map(type, values))
    if not pa.types.is_integer(kind):  # whole numbers above 2**53 are rounded
        numbers = np.array(values, dtype=float)
        if np.isinf(numbers).any():
            raise ValueError
        return pa.array(numbers, kind, from_pandas=True)
    if float in kinds:
        values = [_whole(value) for value in values]
    return pa.array(values, kind)


def _number(value: Any) -> Any:
    """Return the number that a text or a truth is; "", "NaN" and null are null."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text or text.lower() == "nan":
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return float(text) if _FRACTION.search(text) else int(text)


def _whole(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    if not value.is_integer():
        raise ValueError
    return int(value)


def _dates(values: list[Any], kinds: set[type]) -> pa.Array:
    if kinds & {str, float}:
        values = [_milliseconds(value) for value in values]
    numbers = pa.array(values, pa.int64())
    ends = pc.min_max(numbers).as_py()
    if ends["min"] is not None and not FIRST <= ends["min"] <= ends["max"] <= LAST:
        raise ValueError
    return numbers.cast(pa.timestamp("ms", tz="UTC"))


def _milliseconds(value: Any) -> Any:
    if isinstance(value, str):
        return milliseconds_in(value.strip()) if value.strip() else None
    return int(value) if isinstance(value, float) else value


def _texts(values: list[Any], kinds: set[type]) -> list[str | None]:
    if kinds <= {str}:
        return values
    if kinds & {dict, list}:
        raise TypeError
    return [value if value is None or isinstance(value, str) else _plain(value)
            for value in values]  # fmt: skip


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def wire_fields(records: RecordSet) -> list[dict[str, Any]]:
    """Return ``fields`` of a set with rows: object ids of 64 bits say so."""
    fields = tuple(
        replace(field, length=8)
        if _has_narrow_type(field) and _are_wide(records.attributes.column(field.name))
        else field
        for field in records.fields
    )
    return dump_fields(fields)


def dump_fields(fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Return the ``fields`` member of a feature set or table."""
    documents = []
    for field in fields:
        document: dict[str, Any] = {
            "name": field.name,
            "type": field.type,
            "alias": field.alias,
        }
        if field.length is not None:
            document["length"] = field.length
        if not field.nullable:
            document["nullable"] = False
        documents.append(document)
    return documents


def dump_rows(records: RecordSet) -> list[dict[str, Any]]:
    """Return one attribute object a row; dates as epoch milliseconds."""
    names = [field.name for field in records.fields]
    if not names:
        return [{} for _ in range(len(records))]
    columns = []
    for name in names:
        column = records.attributes.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        columns.append(column.to_pylist())
    return list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
