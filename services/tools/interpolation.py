"""Surfaces between points that were measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet, Field
from services.geometry.parts import is_present
from services.geometry.units import LinearUnit
from services.interpolation.plane import Cells, Plane
from services.rasters.grid import Grid
from services.tool import Context, Param, tool
from services.tools._rasters import require_cells, telling

_MAX_CELLS = 4_000_000
_MAX_POINTS = 200_000
_MAX_KRIGING = 1000
_STATIONS: dict[str, Any] = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"height": height}, "geometry": {"x": x, "y": y}}
        for x, y, height in (
            (-84.35, 36.22, 520.0), (-84.30, 36.38, 610.0), (-84.23, 36.20, 1076.0),
            (-84.20, 36.30, 470.0), (-84.13, 36.375, 334.0), (-84.12, 36.21, 300.0),
        )
    ],
}  # fmt: skip
_Points = Annotated[
    FeatureSet,
    Param(
        "Measured points",
        name="Input_Point_Features",
        geometry_type=("esriGeometryPoint", "esriGeometryMultipoint"),
        example=_STATIONS,
    ),
]
_Value = Annotated[
    Field,
    Param("Field of values", name="Z_Value_Field", depends_on="points",
          example=Field("height")),
]  # fmt: skip
_CellSize = Annotated[
    float | None,
    Param(
        "Size of the cells",
        description="In units of the spatial reference of the points; without one, a"
        " 250th of the shorter side of the extent.",
        minimum=1e-12,
    ),
]
_Extent = Annotated[
    Extent | None,
    Param(
        "Extent", name="Output_Extent", description="Without one that of the points."
    ),
]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Different places in metres, their values, and the cells to fill."""

    xy: np.ndarray
    values: np.ndarray
    plane: Plane
    cells: Cells


def _measured(
    points: FeatureSet,
    field: Field,
    cell_size: float | None,
    extent: Extent | None,
    context: Context | None,
) -> _Measured:
    numbers = points.numbers(points.field(field.name).name)
    kept = is_present(points.geometries) & np.isfinite(numbers)
    if not kept.all() and context is not None:
        lost = int((~kept).sum())
        noun = "point has" if lost == 1 else "points have"
        context.warn(f"{lost} {noun} no geometry or no value and were left out")
    xy, of = shapely.get_coordinates(points.geometries[kept], return_index=True)
    if not 1 <= len(xy) <= _MAX_POINTS:
        raise ToolFailed(
            f"Input_Point_Features: expected 1 to {_MAX_POINTS:,} points with a value,"
            f" not {len(xy):,}"
        )
    places, inverse, count = np.unique(
        xy, axis=0, return_inverse=True, return_counts=True
    )
    if len(places) < len(xy) and context is not None:
        context.warn(
            f"{len(xy) - len(places)} points lie on others; the mean of their values"
            " was taken"
        )
    values = np.bincount(inverse.ravel(), numbers[kept][of]) / count
    plane = Plane.around(places, points.spatial_reference)
    cells = _cells(places, cell_size, extent, points.spatial_reference)
    return _Measured(plane.flatten(places), values, plane, cells)


def _cells(
    xy: np.ndarray,
    cell_size: float | None,
    extent: Extent | None,
    reference: SpatialReference,
) -> Cells:
    """Return the cells of an extent, or of the box around places. Raises ToolFailed."""
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    if extent is not None:
        box = FeatureSet.of(
            [extent.polygon], spatial_reference=extent.spatial_reference or reference
        ).project(reference)
        west, south, east, north = shapely.total_bounds(box.geometries).tolist()
    size = cell_size or min(east - west, north - south) / 250
    if not (size > 0 and west < east and south < north):
        raise ToolFailed(
            "Output_Extent: the points span no area; give an extent and Cell_Size"
        )
    columns, rows = (
        max(1, int(np.ceil(length / size - 1e-9)))
        for length in (east - west, north - south)
    )
    name = "Cell_Size" if cell_size else "Output_Extent"
    require_cells(rows * columns, name, _MAX_CELLS)
    where = Extent(
        float(west), float(north - rows * size), float(west + columns * size),
        float(north), reference,
    )  # fmt: skip
    return Cells(where, rows, columns)


@tool(title="IDW", name="Idw", category="Interpolation")
def idw(
    points: _Points,
    value_field: _Value,
    cell_size: _CellSize = None,
    power: Annotated[
        float,
        Param("Power", description="Of the distance; higher is more local.",
              minimum=0.1, maximum=20),
    ] = 2.0,
    neighbours: Annotated[
        int, Param("Nearest points", minimum=1, maximum=100)
    ] = 12,
    search_radius: Annotated[
        LinearUnit | None,
        Param("Search radius", description="Nothing further away counts."),
    ] = None,
    extent: _Extent = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Surface", name="Output_Raster")]:  # fmt: skip
    """Interpolate a surface by inverse distance weighting.

    Each cell is the mean of the nearest points, weighed by one over the distance of its
    centre to a power; on a point it is the value of the point. Distances are metres in
    an azimuthal equidistant plane around the middle of the points: true from there,
    0.1 % too long 490 km from it. The raster lies in the spatial reference of the
    points. Cells without a point in the search radius are empty. Points on the same
    place count as one with their mean. At most 200,000 points and 4,000,000 cells.
    Source: Shepard (1968), A two-dimensional interpolation function.
    """
    from services.interpolation.distance import InverseDistance

    given = _measured(points, value_field, cell_size, extent, context)
    reach = np.inf if search_radius is None else search_radius.metres
    if reach <= 0:
        raise ToolFailed("Search_Radius: expected a distance above 0")
    made = InverseDistance(given.xy, given.values, power, neighbours, reach)
    return given.cells.filled(given.plane, made.at, telling(context))


@tool(title="Natural Neighbor", category="Interpolation")
def natural_neighbor(
    points: _Points,
    value_field: _Value,
    cell_size: _CellSize = None,
    extent: _Extent = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Surface", name="Output_Raster")]:
    """Interpolate a surface by natural neighbours.

    Each cell is the mean of the points whose Voronoi cells a new point at its centre
    would take area from, weighed by that area. The surface goes through the points, has
    no value below the lowest or above the highest, and is empty outside of their hull.
    In the plane of IDW, with the same limits. Needs three points that are not on one
    line.
    Source: Sibson (1981); Watson (1992).
    """
    from services.interpolation.natural import NaturalNeighbours

    given = _measured(points, value_field, cell_size, extent, context)
    try:
        made = NaturalNeighbours(given.xy, given.values)
    except ValueError:
        raise ToolFailed(
            "Input_Point_Features: expected three points that are not on one line"
        ) from None
    return given.cells.filled(given.plane, made.at, telling(context), 20_000)


@tool(title="Kriging", category="Interpolation")
def kriging(
    points: _Points,
    value_field: _Value,
    cell_size: _CellSize = None,
    model: Annotated[
        Literal["SPHERICAL", "EXPONENTIAL", "GAUSSIAN", "LINEAR"],
        Param("Semivariogram", name="Semivariogram_Model"),
    ] = "SPHERICAL",
    extent: _Extent = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Surface", name="Output_Raster")]:
    """Interpolate a surface by ordinary kriging.

    The semivariogram of the model is fitted to the semivariances of the points in six
    classes of distance; each cell is the best linear estimate from all points. In the
    plane of IDW. At most 1,000 points, for the work grows with their cube, and
    4,000,000 cells; at least three points, and values that are not all equal. Needs the
    extra kriging.
    Source: PyKrige, OrdinaryKriging; Kitanidis (1997), Introduction to geostatistics.
    """
    given = _measured(points, value_field, cell_size, extent, context)
    count = len(given.values)
    if not 3 <= count <= _MAX_KRIGING:
        raise ToolFailed(
            f"Input_Point_Features: kriging takes 3 to {_MAX_KRIGING:,} points, not"
            f" {count:,}; its work grows with their cube"
        )
    if np.ptp(given.values) == 0:
        raise ToolFailed("Z_Value_Field: expected values that are not all equal")
    try:
        from services.interpolation.kriging import Kriging
    except ImportError:
        raise ToolFailed(
            "Kriging needs the extra kriging: pip install 'cairn[kriging]'"
        ) from None
    try:
        made = Kriging(given.xy, given.values, model.lower())
    except ValueError:  # of the least squares of PyKrige
        raise ToolFailed(
            "Z_Value_Field: no semivariogram can be fitted: the values differ"
            " too little or too much, or the points lie too close together"
        ) from None
    return given.cells.filled(given.plane, made.at, telling(context), 2_000)
