"""Grids of cells and points over features or an extent."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import shapely

from services.errors import InvalidValue, ToolFailed
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet, Field
from services.geometry.lattice import (
    Ground,
    centres,
    count_of,
    hexagon_count,
    hexagons,
    rectangles,
)
from services.geometry.measure import ground_area
from services.geometry.parts import is_present, valid
from services.tool import Context
from services.tools._inputs import warn_of_missing

MAX_CELLS = 250_000
_INTEGER = "esriFieldTypeInteger"
_POLYGON = "esriGeometryPolygon"


def laid_out(name: str, geometries: np.ndarray, reference: SpatialReference) -> Ground:
    """Return geometries in an equal-area plane; an error names the parameter."""
    try:
        return Ground.under(geometries, reference)
    except InvalidValue as exc:
        raise ToolFailed(f"{name} {exc}") from None


def rows_of_points(
    ground: Ground, metres: float, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return points (k, 2) of the plane in shapes, and the shape of each, sorted."""
    columns, rows = count_of(ground.bounds, metres, metres)
    _require(columns * rows, most, "points")
    xy = centres(ground.bounds, metres)
    points = np.asarray(shapely.points(xy))
    owner, at = shapely.STRtree(points).query(ground.shapes, predicate="intersects")
    order = np.lexsort((at, owner))
    return xy[at[order]], owner[order]


def covered(
    size: tuple[float, float] | float,
    features: FeatureSet | None,
    extent: Extent,
    all_cells: bool,
    context: Context | None,
) -> FeatureSet:
    """Return rectangles of a width and height, or hexagons of an area.

    ``size`` is in metres or square metres. ROW and COL count from the south west.
    """
    shapes, reference = np.array([extent.polygon]), extent.spatial_reference or WGS84
    name = "Extent"
    if features is not None:
        name, reference = "Extent_Features", features.spatial_reference
        warn_of_missing(context, Extent_Features=features)
        shapes = valid(features.geometries)
        shapes = shapes[is_present(shapes)]
    if not len(shapes):
        raise ToolFailed("Extent_Features: no feature has a geometry, or an area")
    ground = laid_out(name, shapes, reference)
    bounds = ground.bounds
    if isinstance(size, tuple):
        _require(int(np.prod(count_of(bounds, *size))), MAX_CELLS, "cells")
        cells = rectangles(bounds, *size)
    else:
        _require(int(np.prod(hexagon_count(bounds, size))), MAX_CELLS, "cells")
        cells = hexagons(bounds, size)
    if not all_cells:
        met = shapely.STRtree(ground.shapes).query(
            cells.polygons, predicate="intersects"
        )[0]
        cells = cells.take(np.unique(met))
    made = FeatureSet.of(
        ground.back(cells.polygons),
        {"ROW": cells.rows.astype(np.int32), "COL": cells.columns.astype(np.int32)},
        spatial_reference=reference,
        geometry_type=_POLYGON,
        fields=[Field("ROW", _INTEGER, "Row"), Field("COL", _INTEGER, "Column")],
    )
    if context is not None:
        context.message(f"{len(made)} cells")
    return made


def _require(count: int, most: int, noun: str) -> None:
    if count > most:
        raise ToolFailed(
            f"this makes {count:,} {noun}; at most {most:,} are made: choose a larger"
            " size or cover less"
        )


def h3_cells(areas: np.ndarray, resolution: int, rule: str) -> FeatureSet:
    """Return the H3 cells of polygons in degrees, with their ids."""
    try:
        from services.geometry.h3cells import cell_polygons, cells_in
    except ModuleNotFoundError:
        raise ToolFailed(
            "Create H3 Cells needs the extra h3: pip install 'cairn[h3]'"
        ) from None
    reach: Literal["overlap", "center"] = "overlap" if rule == "OVERLAP" else "center"
    about = float(ground_area(areas, WGS84).sum()) / _average_area(resolution)
    _require(int(about), MAX_CELLS, "cells")
    cells = cells_in(areas, resolution, reach)
    _require(len(cells), MAX_CELLS, "cells")
    columns: dict[str, Any] = {"H3_ID": cells}
    return FeatureSet.of(
        cell_polygons(cells),
        columns,
        geometry_type=_POLYGON,
        fields=[Field("H3_ID", alias="H3 cell")],
    )


def _average_area(resolution: int) -> float:
    """Return square metres of a cell on average: there are 2 + 120 * 7^r of them."""
    return 510_065_621_724_000.0 / float(2 + 120 * 7**resolution)
