"""What a form says of how to type a value."""

from __future__ import annotations

from typing import Any

from services.datatypes.base import DataType
from services.datatypes.column import Column
from services.schema import Parameter

_HINTS = {
    "GPDate": "Milliseconds since 1970, or an ISO date such as 2024-05-31T14:00:00.",
    "GPLinearUnit": "JSON, or a number and a unit: 5 Miles.",
    "GPArealUnit": "JSON, or a number and a unit: 50 Acres.",
    "GPTimeUnit": "JSON, or a number and a unit: 3 Months.",
    "GPDataFile": 'A URL, {"url": …} or {"itemID": …}.',
    "GPFeatureRecordSetLayer": "An Esri feature set, or a layer object with one.",
    "GPRecordSet": "JSON with fields and features.",
    "GPMultiValue": "A JSON array, or values with commas between them.",
    "Field": 'JSON with name and type: {"name": "POP", "type": "esriFieldTypeDouble"}.',
    "GPSQLExpression": "A where clause without the word WHERE, such as POP > 1000.",
    "GPStringHidden": "It is not shown again; send it by POST, not in an address.",
    "GPSpatialReference": "A WKID such as 4326, or JSON with wkid, wkt, wkt2 or name.",
    "GPCoordinateSystem": "A WKID such as 4326, or JSON with wkid, wkt, wkt2 or name.",
    "GPExtent": "JSON with xmin, ymin, xmax, ymax and spatialReference.",
    "GPEnvelope": "JSON with xmin, ymin, xmax, ymax and spatialReference.",
    "GPValueTable": "JSON: an array of rows, each an array of cells or an object.",
    "GPComposite": 'A value of one of the types, or {"dataType": …, "value": …}.',
}


def advice(parameter: Parameter) -> str:
    """Return how the value of a parameter is written and what is admitted."""
    said = _hint(parameter.data_type), _bounds(parameter)
    return " ".join(filter(None, said))


def _hint(kind: DataType[Any]) -> str:
    """Return how a value is written; of columns and unions, which they are."""
    texts = [_HINTS.get(kind.name.partition(":")[0], "")]
    if not kind.has_comma_lists and kind.name.startswith("GPMultiValue:"):
        texts = ["A JSON array."]
    if kind.columns:
        listed = ", ".join(_column_text(column) for column in kind.columns)
        is_table = kind.name == "GPValueTable"
        texts.append(f"{'Columns' if is_table else 'Types'}: {listed}.")
    return " ".join(filter(None, texts))


def _column_text(column: Column) -> str:
    if not column.name:
        return column.data_type.name
    must = "" if column.required else ", may be null"
    return f"{column.name} ({column.data_type.name}{must})"


def _bounds(parameter: Parameter) -> str:
    low, high = parameter.minimum, parameter.maximum
    unit = " metres" if parameter.data_type.name == "GPLinearUnit" else ""
    texts = []
    if low is not None:
        texts.append(f"At least {low:g}{unit}.")
    if high is not None:
        texts.append(f"At most {high:g}{unit}.")
    if parameter.geometry_types:
        texts.append(f"Geometry type: {', '.join(parameter.geometry_types)}.")
    if parameter.field_types:
        texts.append(f"Field type: {', '.join(parameter.field_types)}.")
    if parameter.extensions:
        texts.append(f"File type: {', '.join(parameter.extensions)}.")
    if parameter.depends_on:
        texts.append(f"Depends on {parameter.depends_on}.")
    if parameter.choices and parameter.data_type.name.startswith("GPMultiValue"):
        texts.append(f"Any of {', '.join(parameter.choices)}.")
    return " ".join(texts)
