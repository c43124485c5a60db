"""The hydrology service that many clients know, on the shipped heights."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
import shapely

from services.errors import InvalidParameters, Problem, ToolFailed
from services.geometry.features import FeatureSet, Field
from services.geometry.measure import ground_area, ground_length
from services.geometry.parts import is_present
from services.geometry.units import METRES, LinearUnit
from services.rasters.grid import Grid
from services.rasters.ground import cell_centres
from services.terrain.flow import accumulated, receivers
from services.terrain.pouring import snapped
from services.terrain.tracing import downstream
from services.tool import Context, Param, tool
from services.tools import hydrology
from services.tools._fields import Length, with_fields
from services.tools._inputs import warn_of_missing
from services.tools._rasters import sample_heights, where_it_lies

_MAX_POINTS = 1_000
_RESOLUTIONS = ("finest", "10m", "30m", "90m")
_RESOLUTION_HELP = (
    "One of finest, 10m, 30m, 90m, in any case. Heights of 90 m are there, and used."
)
_ID = Field("PourPtID", "esriFieldTypeString", "Point", 255)
_USED = Field("DataResolution", "esriFieldTypeString", "Resolution used", 10)
_LENGTH = Field("LengthKM", "esriFieldTypeDouble", "Kilometres")
_AREA = Field("AreaSqKm", "esriFieldTypeDouble", "Square kilometres")

_Points = Annotated[
    FeatureSet,
    Param("Points", name="InputPoints", geometry_type="esriGeometryPoint",
          example=hydrology.POURS),
]  # fmt: skip
_IdField = Annotated[
    str | None, Param("Field that names the points", name="PointIdField")
]
_Resolution = Annotated[
    str,
    Param("Resolution", name="DataSourceResolution", description=_RESOLUTION_HELP),
]
_Generalize = Annotated[
    bool,
    Param(
        "Generalize",
        description="Leaves out vertices that lie within a cell of the simpler line.",
    ),
]


@tool(title="TraceDownstream", name="TraceDownstream", category="Hydrology")
def trace_downstream(
    points: _Points,
    id_field: _IdField = None,
    resolution: _Resolution = "finest",
    generalize: _Generalize = False,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Ways of the water", name="OutputTraceLine",
          geometry_type="esriGeometryPolyline"),
]:  # fmt: skip
    """Follow water from points to where it leaves the ground that is known.

    Over heights in cells of 3 arc-seconds around the Jacksboro fault, Tennessee (SRTM),
    the only ones that are shipped, filled as hydrology.Fill does, by the directions of
    hydrology.FlowDirection. A line goes through the centres of cells, from that of the
    point on, in the spatial reference of the points. PourPtID is the value of the field
    that names the points, or their number from 1; LengthKM is on the ground;
    DataResolution is the resolution used, 90m whatever was asked for. Points beyond the
    heights, and in a cell that drains out, give no line, and a warning counts them. At
    most 1,000 points. The names of parameters are those that clients know; the names of
    fields are ours.
    """
    _require_resolution(resolution, "DataSourceResolution", context)
    grid = _directions()
    names, present = _named(points, id_field, context)
    nothing = np.ones(grid.valid[0].shape)
    cells = snapped(_xy(present, grid), grid, nothing, 0.0)
    here = np.flatnonzero(cells >= 0)
    on, whose = downstream(_receivers(grid), cells[here])
    is_way = np.bincount(whose, minlength=len(here)) > 1
    kept, rows = is_way[whose], here[is_way]
    _warn_of_lost(len(present) - len(rows), grid, context)
    xy = _centres(on[kept], grid)
    number = (np.cumsum(is_way) - 1)[whose[kept]]
    lines = np.asarray(shapely.linestrings(xy, indices=number))
    if generalize:
        lines = shapely.simplify(lines, max(grid.cell_size))
    made = _told(lines, names[rows], grid, "esriGeometryPolyline")
    metres = ground_length(lines, grid.spatial_reference)
    return with_fields(made, [(_LENGTH, metres / 1e3)]).project(
        points.spatial_reference
    )


class Watersheds(NamedTuple):
    """The ground that drains to points, and where these were moved to."""

    watershed_area: Annotated[
        FeatureSet,
        Param("Watersheds", name="WatershedArea", geometry_type="esriGeometryPolygon"),
    ]
    snapped_points: Annotated[
        FeatureSet,
        Param("Snapped points", name="SnappedPoints",
              geometry_type="esriGeometryPoint"),
    ]  # fmt: skip


@tool(title="Watershed", name="Watershed", category="Hydrology")
def watershed(
    points: _Points,
    id_field: _IdField = None,
    resolution: _Resolution = "finest",
    generalize: _Generalize = False,
    snap_distance: Annotated[
        float, Param("Snap distance", name="SnapDistance", minimum=0, maximum=1e6)
    ] = 500.0,
    unit: Annotated[
        Length, Param("Unit of the distance", name="SnapDistanceUnits")
    ] = "Meters",
    source: Annotated[
        str,
        Param("Resolution, as older clients name it", name="SourceDatabase",
              description=_RESOLUTION_HELP),
    ] = "finest",
    snap: Annotated[
        bool, Param("Return the snapped points", name="ReturnSnappedPoints")
    ] = True,
    context: Context | None = None,
) -> Watersheds:  # fmt: skip
    """Return the ground from which water runs through points.

    As hydrology.Watershed, over the heights of TraceDownstream: points first move to
    the cell through which most water runs within the snap distance on the ground.
    PourPtID and DataResolution are as there; AreaSqKm is on the ground. Generalize
    leaves out vertices of borders within a cell, of each area by itself: neighbours may
    part or overlap by as much. In the spatial reference of the points. Points without
    ground of their own give no feature, and a warning counts them. At most 1,000
    points. The names are those that clients send and read, but the field PourPtID is
    ours.
    """
    _require_resolution(resolution, "DataSourceResolution", context)
    _require_resolution(source, "SourceDatabase", context)
    grid = _directions()
    names, present = _named(points, id_field, context)
    metres = snap_distance * METRES[f"esri{unit}"]
    ground = hydrology.watershed(present, grid, LinearUnit(metres), context)
    shapes, rows = ground.geometries, ground.numbers("pour_id").astype(int) - 1
    if generalize:
        shapes = shapely.simplify(shapes, max(grid.cell_size))
    areas = _told(shapes, names[rows], grid, "esriGeometryPolygon")
    metres2 = ground_area(shapes, grid.spatial_reference)
    areas = with_fields(areas, [(_AREA, metres2 / 1e6)])
    to = _receivers(grid)
    gathered = accumulated(to, np.ones(len(to))).reshape(grid.valid[0].shape)
    cells = snapped(_xy(present, grid), grid, gathered, metres)
    kept = (cells >= 0) & snap
    moved = shapely.points(_centres(cells[kept], grid))
    return Watersheds(
        areas.project(points.spatial_reference),
        _told(moved, names[kept], grid, "esriGeometryPoint").project(
            points.spatial_reference
        ),
    )


def _directions() -> Grid:
    """Return the flow directions of the filled sample heights."""
    return hydrology.flow_direction(hydrology.fill(sample_heights()))


def _receivers(grid: Grid) -> np.ndarray:
    return receivers(np.where(grid.valid[0], grid.values[0], 0))


def _require_resolution(text: str, name: str, context: Context | None) -> None:
    """Raise InvalidParameters for a resolution that is none; say which one is used."""
    asked = text.strip().lower()
    if asked not in _RESOLUTIONS:
        raise InvalidParameters(
            [Problem(name, f"expected one of {', '.join(_RESOLUTIONS)}, in any case")]
        )
    if context is not None and asked in ("10m", "30m"):
        context.warn(f"{name}: there are no heights of {asked}; those of 90m were used")


def _named(
    points: FeatureSet, id_field: str | None, context: Context | None
) -> tuple[np.ndarray, FeatureSet]:
    """Return the names of the points with a place, and these. Raises ToolFailed."""
    if len(points) > _MAX_POINTS:
        raise ToolFailed(
            f"InputPoints: expected at most {_MAX_POINTS:,} points, not {len(points):,}"
        )
    warn_of_missing(context, InputPoints=points)
    given = (
        points.column(points.field(id_field).name).to_pylist()
        if id_field
        else range(1, len(points) + 1)
    )
    names = np.array([None if one is None else str(one) for one in given], dtype=object)
    present = np.flatnonzero(is_present(points.geometries))
    return names[present], points.take(present)


def _xy(points: FeatureSet, grid: Grid) -> np.ndarray:
    moved = points.project(grid.spatial_reference)
    return np.asarray(shapely.get_coordinates(moved.geometries))


def _centres(cells: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the centres of cells by their flat index; shape (k, 2)."""
    rows, columns = grid.valid[0].shape
    x, y = cell_centres(grid.extent, rows, columns)
    row, column = np.divmod(cells, columns)
    return np.column_stack([x[column], y[row]])


def _told(shapes: np.ndarray, names: np.ndarray, grid: Grid, kind: str) -> FeatureSet:
    """Return shapes with the names of their points and the resolution used."""
    columns = {"PourPtID": names, "DataResolution": ["90m"] * len(shapes)}
    return FeatureSet.of(shapes, columns, fields=[_ID, _USED], geometry_type=kind,
                         spatial_reference=grid.spatial_reference)  # fmt: skip


def _warn_of_lost(count: int, grid: Grid, context: Context | None) -> None:
    if count and context is not None:
        noun = "point has" if count == 1 else "points have"
        context.warn(
            f"{count} {noun} no way, beyond the heights or where water leaves them:"
            f" {where_it_lies(grid)}"
        )
