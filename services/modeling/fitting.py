"""Which data types fit an input of a step, and how their values are handed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.datatypes import data_type
from services.datatypes.base import DataType
from services.datatypes.composite import GPComposite
from services.datatypes.file import GPRasterGrid
from services.datatypes.multivalue import GPMultiValue
from services.errors import InvalidValue
from services.files import DataFile, Raster, RasterData
from services.rasters.grid import Grid

FEATURES, TABLE = "GPFeatureRecordSetLayer", "GPRecordSet"
_RASTERS = ("GPRasterDataLayer", "GPRasterData")
#: Types whose values are written as a text.
_TEXTS = ("GPSQLExpression", "Field", "GPSpatialReference", "GPCoordinateSystem")
#: Pairs of wire names: a value of the first is handed on as one of the second.
_WIDER = {
    (FEATURES, TABLE),
    ("GPLong", "GPDouble"),
    *((one, other) for one in _RASTERS for other in (*_RASTERS, "GPDataFile")),
    *(("GPString", one) for one in ("GPString", *_TEXTS)),
}


def fits(given: DataType[Any], wanted: DataType[Any]) -> bool:
    """Tell if a value of one type can be handed on to an input of another.

    Features serve as a table, a whole number as a real one, a text as what is
    written as a text; one value serves as a list, and as a value of a union.
    """
    if given == wanted or (given.name, wanted.name) in _WIDER:
        return True
    if isinstance(given, GPMultiValue) and isinstance(wanted, GPMultiValue):
        return fits(given.member, wanted.member)
    if isinstance(wanted, GPMultiValue):
        return fits(given, wanted.member)
    if isinstance(wanted, GPComposite):
        return any(fits(given, column.data_type) for column in wanted.columns)
    return False


def handed_on(
    value: Any, given: DataType[Any], wanted: DataType[Any], scratch: Path
) -> Any:
    """Return a typed value as an input of another type takes it.

    ``scratch`` is where a grid becomes a file for a tool that wants one. Raises
    InvalidValue for a text that is no value of the other type.
    """
    if isinstance(wanted, GPMultiValue):
        member = given.member if isinstance(given, GPMultiValue) else given
        values = value if isinstance(given, GPMultiValue) else [value]
        return [handed_on(one, member, wanted.member, scratch) for one in values]
    if isinstance(wanted, GPComposite):
        kinds = (column.data_type for column in wanted.columns)
        wanted = next(kind for kind in kinds if fits(given, kind))
        return handed_on(value, given, wanted, scratch)
    if isinstance(value, Grid) and not isinstance(wanted, GPRasterGrid):
        value = _as_file(value, scratch)
    if isinstance(value, Raster) and wanted.name in _RASTERS:
        kind = RasterData if wanted.name == "GPRasterData" else Raster
        return kind(value.path, value.source, value.format)
    if given.name == "GPLong" and wanted.name == "GPDouble":
        return float(value)
    if given.name == "GPString" and given != wanted:
        return wanted.parse(value)
    return value


def gathered(kind: DataType[Any]) -> DataType[Any]:
    """Return the type of what a step of this output makes if it runs many times.

    Raises InvalidValue for a type of which there is no list.
    """
    if kind.name in (FEATURES, TABLE) or isinstance(kind, GPMultiValue):
        return kind
    try:
        return data_type(f"GPMultiValue:{kind.name}")
    except KeyError:
        raise InvalidValue(f"there is no list of {kind.name}") from None


def _as_file(grid: Grid, scratch: Path) -> DataFile:
    from services.rasters.storing import write_grid  # GDAL: loaded for rasters only

    scratch.mkdir(parents=True, exist_ok=True)
    number = sum(1 for _ in scratch.glob("grid*.tif"))
    target = scratch / f"grid{number}.tif"
    write_grid(grid, target)
    return Raster(target)
