"""The data types of geoprocessing parameters, by wire name and by Python type."""

from __future__ import annotations

from typing import Any

from services.datatypes.base import DataType
from services.datatypes.date import GPDate
from services.datatypes.feature import GPFeatureRecordSetLayer, GPRecordSet
from services.datatypes.file import GPDataFile, GPRasterData, GPRasterDataLayer
from services.datatypes.multivalue import GPMultiValue
from services.datatypes.scalar import GPBoolean, GPDouble, GPLong, GPString
from services.datatypes.unit import GPArealUnit, GPLinearUnit, GPTimeUnit

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
)

_BY_NAME = {kind.name: kind for kind in DATA_TYPES}
_BY_NAME |= {f"GPMultiValue:{kind.name}": GPMultiValue(kind) for kind in DATA_TYPES}
_BY_PYTHON_TYPE = {kind.python_type: kind for kind in DATA_TYPES}


def data_type(name: str) -> DataType[Any]:
    """Return the data type of a wire name, e.g. ``GPMultiValue:GPLong``."""
    return _BY_NAME[name]


def data_type_names() -> list[str]:
    """Return every wire name, in the order of declaration."""
    return list(_BY_NAME)


def data_type_for(python_type: Any) -> DataType[Any] | None:
    """Return the data type whose values are of this Python type, or None."""
    return _BY_PYTHON_TYPE.get(python_type)
