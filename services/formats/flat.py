"""Features as plain rows, for formats without geometry: x and y, or WKT."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from services.formats.source import StoredRows
from services.geometry.columns import unique_name
from services.geometry.features import FeatureSet, RecordSet

_AXES = ("x", "y", "z", "m")


def with_places(rows: StoredRows, piece: RecordSet, table: pa.Table) -> pa.Table:
    """Return the columns of a piece, those of its geometries behind them.

    A point becomes ``x`` and ``y``, with ``z`` and ``m`` if there are any; all else
    becomes ``wkt``. A point that is missing or empty has nulls.
    """
    if not isinstance(piece, FeatureSet):
        return table
    if piece.geometry_type != "esriGeometryPoint":
        texts = shapely.to_wkt(piece.geometries, rounding_precision=-1,
                               output_dimension=4)  # fmt: skip
        return _added(table, rows, {"wkt": pa.array(texts, pa.string())})
    about = rows.about
    axes = [one for one, has in zip(_AXES, (True, True, about.has_z, about.has_m),
                                    strict=True) if has]  # fmt: skip
    places, shapes = {}, piece.geometries.copy()
    shapes[shapely.is_empty(shapes)] = None  # an empty point has no z to ask for
    for axis in axes:
        numbers = getattr(shapely, f"get_{axis}")(shapes)
        places[axis] = pa.array(np.asarray(numbers, dtype=float), from_pandas=True)
    return _added(table, rows, places)


def _added(table: pa.Table, rows: StoredRows, columns: dict[str, pa.Array]) -> pa.Table:
    names = [unique_name(name, rows.names) for name in columns]
    return pa.table(
        [*table.columns, *columns.values()], names=[*table.column_names, *names]
    )
