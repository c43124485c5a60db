"""The data types of geoprocessing parameters, by wire name and by Python type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.datatypes.base import DataType
from services.datatypes.column import Column
from services.datatypes.composite import GPComposite
from services.datatypes.date import GPDate
from services.datatypes.extent import GPEnvelope, GPExtent
from services.datatypes.feature import GPFeatureRecordSetLayer, GPRecordSet
from services.datatypes.field import FieldType
from services.datatypes.file import (
    GPDataFile,
    GPRasterData,
    GPRasterDataLayer,
    GPRasterGrid,
)
from services.datatypes.multivalue import GPMultiValue
from services.datatypes.reference import GPCoordinateSystem, GPSpatialReference
from services.datatypes.scalar import GPBoolean, GPDouble, GPLong, GPString
from services.datatypes.text import GPSQLExpression, GPStringHidden
from services.datatypes.unit import GPArealUnit, GPLinearUnit, GPTimeUnit
from services.datatypes.valuetable import GPValueTable
from services.datatypes.webmap import WebMapString

DATA_TYPES: tuple[DataType[Any], ...] = (
    GPString(),
    GPLong(),
    GPDouble(),
    GPBoolean(),
    GPDate(),
    GPLinearUnit(),
    GPArealUnit(),
    GPTimeUnit(),
    GPFeatureRecordSetLayer(),
    GPRecordSet(),
    GPDataFile(),
    GPRasterDataLayer(),
    GPRasterData(),
    FieldType(),
    GPSQLExpression(),
    GPStringHidden(),
    GPSpatialReference(),
    GPCoordinateSystem(),
    GPExtent(),
    GPEnvelope(),
)

#: Types of their own under a wire name that another one has, by their form.
FORMS: tuple[DataType[Any], ...] = (WebMapString(),)

_BY_FORM = {kind.form: kind for kind in FORMS}
_BY_NAME = {kind.name: kind for kind in DATA_TYPES}
_BY_NAME |= {f"GPMultiValue:{kind.name}": GPMultiValue(kind) for kind in DATA_TYPES}
_BY_PYTHON_TYPE = {
    kind.python_type: kind for kind in (*DATA_TYPES, *FORMS, GPRasterGrid())
}


def data_type(
    name: str, columns: Sequence[Mapping[str, Any]] = (), form: str = ""
) -> DataType[Any]:
    """Return the data type of a wire name, e.g. ``GPMultiValue:GPLong``.

    ``columns`` are what ``Column.to_json`` returns, for types that have columns;
    ``form`` is that of a type with one.
    """
    if form:
        return _BY_FORM[form]
    if not columns:
        return _BY_NAME[name]
    made = tuple(Column.from_json(one, data_type) for one in columns)
    if name == GPValueTable.name:
        return GPValueTable(made)
    composite = GPComposite(made)
    return composite if name == composite.name else GPMultiValue(composite)


def data_type_names() -> list[str]:
    """Return the wire names of all types without columns, as they are declared."""
    return list(_BY_NAME)


def data_type_for(python_type: Any) -> DataType[Any] | None:
    """Return the data type whose values are of this Python type, or None."""
    return _BY_PYTHON_TYPE.get(python_type)
