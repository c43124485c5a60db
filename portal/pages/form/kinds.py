"""Kinds of controls: which one an input has, by its data type."""

from __future__ import annotations

from services.datatypes.base import DataType
from services.datatypes.multivalue import GPMultiValue
from services.schema import Parameter

#: Wire name to the kind of control; others are a line, or an area for JSON.
CONTROLS: dict[str, str] = {
    "GPString": "text",
    "GPLong": "number",
    "GPDouble": "number",
    "GPBoolean": "boolean",
    "GPDate": "date",
    "GPLinearUnit": "quantity",
    "GPArealUnit": "quantity",
    "GPTimeUnit": "quantity",
    "GPFeatureRecordSetLayer": "features",
    "GPRecordSet": "table",
    "GPDataFile": "file",
    "GPRasterDataLayer": "raster",
    "GPRasterData": "raster",
    "Field": "field",
    "GPSQLExpression": "sql",
    "GPStringHidden": "secret",
    "GPSpatialReference": "crs",
    "GPCoordinateSystem": "crs",
    "GPExtent": "extent",
    "GPEnvelope": "extent",
    "GPValueTable": "rows",
    "GPComposite": "composite",
}

#: Kinds with several fields, so that what names them is a legend.
GROUPS = (
    "features",
    "extent",
    "rows",
    "choices",
    "composite",
    "file",
    "raster",
    "table",
    "field",
)

#: Kinds that a file can stand for.
WITH_FILES = ("file", "raster", "table", "features")

#: Types of which several values are lines of a text.
_LINES = ("GPString", "GPLong", "GPDouble", "GPSQLExpression")


def control_kind(parameter: Parameter) -> str:
    """Return the kind of control of an input."""
    kind = parameter.data_type
    if kind.name == "GPString" and parameter.choices:
        return "choice"
    if kind.name == "GPMultiValue:GPString" and parameter.choices:
        return "choices"
    if isinstance(kind, GPMultiValue):
        return _several(kind)
    if kind.form:  # a text that has an inner form, such as a web map
        return "json"
    other = "json" if kind.widget == "json" else "text"
    return CONTROLS.get(kind.name, other)


def _several(kind: GPMultiValue) -> str:
    if kind.member.is_secret:
        return "json"
    return "list" if kind.member.name in _LINES else "rows"


def is_text(kind: DataType[object]) -> bool:
    """Tell if a text is a value of its own, whatever it looks like."""
    return kind.is_text and not kind.form
