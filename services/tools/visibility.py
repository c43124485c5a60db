"""What is seen over a surface, and the heights along lines."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.units import LinearUnit
from services.rasters.grid import Grid
from services.rasters.ground import cell_metres
from services.terrain.lines import profile_lines, sight_lines
from services.terrain.profiles import along
from services.terrain.viewshed import Bend, samples_within, visible_cells
from services.terrain.viewshed import Field as View
from services.tool import Context, Param, tool
from services.tools._inputs import warn_of_missing
from services.tools._rasters import (
    given_or_sample,
    like,
    numbers,
    telling,
    where_it_lies,
)
from services.tools.surface import Heights

#: Heights that all lines of sight of a run may look at: about a minute.
_MAX_SAMPLES = 2_000_000_000
_MAX_OBSERVERS = 200
_EYE, _GROUND = LinearUnit(2.0), LinearUnit(0.0)
_MAX_LINES = 10_000
#: A point over the sample heights.
SUMMIT: dict[str, Any] = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {
            "attributes": {"name": "Cross Mountain"},
            "geometry": {"x": -84.23083, "y": 36.19833},
        }
    ],
}
#: A line over the sample heights.
LINE: dict[str, Any] = {
    "geometryType": "esriGeometryPolyline",
    "spatialReference": {"wkid": 4326},
    "features": [
        {
            "attributes": {"name": "Cross Mountain to LaFollette"},
            "geometry": {"paths": [[[-84.23083, 36.19833], [-84.127623, 36.375006]]]},
        }
    ],
}
_Height = Annotated[
    LinearUnit,
    Param("Height of the eye above the ground", name="Observer_Height"),
]
_Curved = Annotated[
    bool,
    Param(
        "Earth curvature",
        name="Earth_Curvature",
        description="Heights sink with the square of the distance.",
    ),
]
_Refraction = Annotated[
    float,
    Param(
        "Refraction",
        name="Refractivity_Coefficient",
        description="The share of the curvature that bent light makes up for.",
        minimum=0,
        maximum=1,
    ),
]
_TABLE_FIELDS = (
    Field("LineID", "esriFieldTypeInteger", "Row of the line, from 1"),
    Field("Distance", "esriFieldTypeDouble", "Metres from the start"),
    Field("X", "esriFieldTypeDouble"),
    Field("Y", "esriFieldTypeDouble"),
    Field("Height", "esriFieldTypeDouble"),
)


@tool(title="Viewshed", category="Surface")
def viewshed(
    observers: Annotated[
        FeatureSet,
        Param(
            "Observers",
            name="Input_Observers",
            geometry_type=("esriGeometryPoint", "esriGeometryMultipoint"),
            example=SUMMIT,
        ),
    ],
    raster: Heights = None,
    maximum_distance: Annotated[
        LinearUnit | None,
        Param("Distance limit", description="Nothing further away is looked at."),
    ] = None,
    observer_height: _Height = _EYE,
    target_height: Annotated[
        LinearUnit, Param("Height above the ground that is to be seen")
    ] = _GROUND,
    curved: _Curved = True,
    refraction: _Refraction = 0.13,
    context: Context | None = None,
) -> Annotated[Grid, Param("Viewshed", name="Output_Raster")]:
    """Count from how many observers each cell is seen.

    A cell is seen if the line from the eye to what is to be seen above its centre
    passes over all ground between, taken where the line crosses rows and columns of
    centres, linear between two cells. An observer stands at the centre of the cell the
    point lies in. Heights and distances are metres on the ground; the earth's
    curvature lowers far ground by (1 - refraction) d^2 / 2R. Nobody sees an empty cell,
    and it hides nothing. Observers beyond the raster or in an empty cell are left out,
    and a warning counts them. At most 200 observers, and as many cells as lines of
    sight look at 2,000,000,000 heights.
    Source: Franklin and Ray (1994), Higher isn't necessarily better (algorithm R3).
    """
    heights = given_or_sample(raster, context)
    values = numbers(heights)
    across, down = cell_metres(heights)
    places = standing_cells(observers, heights, values, context)
    reach = np.inf if maximum_distance is None else maximum_distance.metres
    if reach <= 0:
        raise ToolFailed("Maximum_Distance: expected a distance above 0")
    bend = Bend(curved, refraction)
    views = [
        View(values, across, down, row, column,
             float(values[row, column]) + observer_height.metres)
        for row, column in places
    ]  # fmt: skip
    work = sum(samples_within(one, reach) for one in views)
    if work > _MAX_SAMPLES:
        raise ToolFailed(
            f"Maximum_Distance: the lines of sight look at {work:,} heights; at most"
            f" {_MAX_SAMPLES:,} are accepted. Give a shorter distance"
        )
    count = np.zeros(values.shape, dtype=np.int16)
    for at, one in enumerate(views):
        tell = telling(context, at, len(views))
        count += visible_cells(one, reach, target_height.metres, bend, tell)
    count[np.isnan(values)] = -1
    return like(heights, count, -1)


def standing_cells(
    observers: FeatureSet, heights: Grid, values: np.ndarray, context: Context | None
) -> list[tuple[int, int]]:
    """Return row and column of the observers that stand on heights."""
    warn_of_missing(context, Input_Observers=observers)
    moved = observers.project(heights.spatial_reference)
    xy = shapely.get_coordinates(moved.geometries)
    if len(xy) > _MAX_OBSERVERS:
        raise ToolFailed(
            f"Input_Observers: expected at most {_MAX_OBSERVERS} points, not {len(xy)}"
        )
    (width, height), box = heights.cell_size, heights.extent
    column = np.floor((xy[:, 0] - box.xmin) / width)
    row = np.floor((box.ymax - xy[:, 1]) / height)
    inside = (row >= 0) & (row < values.shape[0])
    inside &= (column >= 0) & (column < values.shape[1])
    row, column = np.where(inside, row, 0).astype(int), np.where(inside, column, 0)
    column = column.astype(int)
    inside &= ~np.isnan(values[row, column])
    if not inside.all() and context is not None:
        noun = "observer was" if (~inside).sum() == 1 else "observers were"
        context.warn(
            f"{(~inside).sum()} {noun} left out, where no heights are:"
            f" {where_it_lies(heights)}"
        )
    return list(zip(row[inside].tolist(), column[inside].tolist(), strict=True))


def require_lines(lines: FeatureSet, most: int, name: str) -> None:
    """Raise ToolFailed, naming the parameter, for too many lines."""
    if len(lines) > most:
        raise ToolFailed(f"{name}: expected at most {most:,} lines, not {len(lines):,}")


@tool(title="Line Of Sight", category="Surface")
def line_of_sight(
    lines: Annotated[
        FeatureSet,
        Param(
            "Lines from observers to targets",
            name="Input_Line_Features",
            geometry_type="esriGeometryPolyline",
            example=LINE,
        ),
    ],
    raster: Heights = None,
    observer_height: _Height = _EYE,
    target_height: Annotated[
        LinearUnit, Param("Height of the target above the ground")
    ] = _GROUND,
    curved: _Curved = True,
    refraction: _Refraction = 0.13,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param(
        "Seen and hidden pieces",
        name="Output_Features",
        geometry_type="esriGeometryPolyline",
    ),
]:
    """Part lines of sight into what is seen from their start and what is hidden.

    The line goes straight, in the spatial reference of the raster, from the first
    vertex of a feature to the last one. Pieces have SourceOID, the row of the feature
    from 1, VisCode, 1 for seen and 2 for hidden ground, and TarIsVis, 1 if the target
    itself is seen, else 0. Heights are taken every half cell, linear between cells;
    curvature as in Viewshed. Lines that have an end where no heights are, no geometry
    or no length give no pieces, and a warning counts them. At most 10,000 lines.
    """
    heights = given_or_sample(raster, context)
    require_lines(lines, _MAX_LINES, "Input_Line_Features")
    moved = lines.project(heights.spatial_reference)
    pieces, columns = sight_lines(
        moved.geometries, heights, observer_height.metres, target_height.metres,
        Bend(curved, refraction),
    )  # fmt: skip
    lost = len(lines) - len(np.unique(columns["SourceOID"]))
    if lost and context is not None:
        noun = "line has" if lost == 1 else "lines have"
        context.warn(
            f"{lost} {noun} no length or an end without heights:"
            f" {where_it_lies(heights)}"
        )
    return FeatureSet.of(
        pieces,
        columns,
        spatial_reference=heights.spatial_reference,
        geometry_type="esriGeometryPolyline",
    )


class Profiles(NamedTuple):
    """Heights along lines, as lines and as a table."""

    output_profile: Annotated[
        FeatureSet,
        Param("Lines with heights", geometry_type="esriGeometryPolyline"),
    ]
    output_table: Annotated[
        RecordSet, Param("Heights and distances", fields=_TABLE_FIELDS)
    ]


@tool(title="Profile", category="Surface")
def profile(
    lines: Annotated[
        FeatureSet,
        Param(
            "Lines",
            name="Input_Line_Features",
            geometry_type="esriGeometryPolyline",
            example=LINE,
        ),
    ],
    raster: Heights = None,
    sample_distance: Annotated[
        LinearUnit | None,
        Param(
            "Distance between heights",
            description="At most, on the ground; without one half a cell.",
        ),
    ] = None,
    context: Context | None = None,
) -> Profiles:
    """Return the heights along lines, with distances on the ground.

    Lines keep their attributes and their vertices, and get more between; z is the
    height, linear between the centres of four cells, m the geodesic distance from the
    start in metres, along the line as drawn in the spatial reference of the raster.
    ProfileLength is the distance of the last place. The table has the same places as
    rows. Places without a height are left out, which parts the line; a warning counts
    them. At most 2,000,000 places.
    """
    heights = given_or_sample(raster, context)
    warn_of_missing(context, Input_Line_Features=lines)
    if sample_distance is not None and sample_distance.metres <= 0:
        raise ToolFailed("Sample_Distance: expected a distance above 0")
    metres = None if sample_distance is None else sample_distance.metres
    moved = lines.project(heights.spatial_reference)
    found = along(moved.geometries, heights, metres)
    lost = int(np.isnan(found.heights).sum())
    if lost and context is not None:
        noun = "place has" if lost == 1 else "places have"
        context.warn(
            f"{lost} {noun} no height and are left out: {where_it_lies(heights)}"
        )
    return Profiles(*profile_lines(moved, found))
