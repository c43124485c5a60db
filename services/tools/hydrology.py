"""Where water runs over a surface, gathers, and comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field
from services.geometry.units import LinearUnit
from services.rasters.grid import Grid
from services.rasters.ground import cell_metres
from services.terrain.flow import accumulated, basins, directions, receivers
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

#: Cells of a raster: the spanning tree of as many takes a minute and a gigabyte.
_MAX_CELLS = 2_000_000
_MAX_POINTS = 10_000
_DIRECTIONS_HELP = (
    "Codes of Flow Direction: 1 east, 2 south-east, 4 south, 8 south-west, 16 west, 32"
    " north-west, 64 north, 128 north-east. Without one, those of the sample heights."
)
_Directions = Annotated[
    Grid | None,
    Param("Flow directions", name="Input_Flow_Direction_Raster",
          description=_DIRECTIONS_HELP),
]  # fmt: skip
POURS: dict[str, Any] = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"name": "Valley"}, "geometry": {"x": -84.2, "y": 36.25}}
    ],
}
_SNAP = LinearUnit(0.0)


@tool(title="Fill", category="Hydrology")
def fill(
    raster: Heights = None,
    z_limit: Annotated[
        float | None,
        Param(
            "Depth limit",
            description="Sinks deeper than this stay as they are; without one all are"
            " filled.",
            minimum=0,
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Filled heights", name="Output_Raster")]:
    """Fill the sinks of a surface to where water runs out of them.

    Each cell rises to the lowest pass on any way from it to the edge of the raster or
    to an empty cell, so water from everywhere gets out. With a depth limit cells that
    would rise by more keep their height. Ground that is filled is level; Flow Direction
    finds the way over it. Empty cells stay empty. A message counts the cells that rose.
    At most 2,000,000 cells.
    Source: Barnes, Lehman, Mulla (2014), Priority-flood (the result); computed on a
    minimum spanning tree.
    """
    from services.terrain.filling import filled

    heights = given_or_sample(raster, context, most=_MAX_CELLS)
    values = numbers(heights)
    tell = telling(context)
    tell(5.0)
    made = filled(values)
    if z_limit is not None:
        made = np.where(made - values > z_limit, values, made)
    tell(100.0)
    if context is not None:
        rose = int((made > values).sum())
        context.message(f"{rose:,} of {values.size:,} cells were filled")
    return like(heights, made)


@tool(title="Flow Direction", category="Hydrology")
def flow_direction(
    raster: Heights = None, context: Context | None = None
) -> Annotated[Grid, Param("Flow directions", name="Output_Raster")]:
    """Return to which of its eight neighbours each cell drains.

    To the one it falls to most steeply, by height over distance on the ground: 1 is
    east, 2 south-east, 4 south, 8 south-west, 16 west, 32 north-west, 64 north, 128
    north-east. Of neighbours as steep the lowest code counts. Level ground drains by
    the shortest way over it to where it goes down; a cell at the edge, or beside an
    empty one, that has no lower neighbour drains out. Sinks are 0, and a warning counts
    them: fill the heights first. At most 2,000,000 cells.
    Source: Jenson and Domingue (1988), PE&RS 54 (D8).
    """
    heights = given_or_sample(raster, context, most=_MAX_CELLS)
    values = numbers(heights)
    codes = directions(values, *cell_metres(heights), telling(context))
    known = ~np.isnan(values)
    sinks = int((known & (codes == 0)).sum())
    if sinks and context is not None:
        noun = "cell is a sink" if sinks == 1 else "cells are sinks"
        context.warn(f"{sinks:,} {noun} and drain nowhere: use Fill first")
    return like(heights, np.where(known, codes, 255).astype(np.uint8), 255)


def _given_directions(grid: Grid | None, context: Context | None) -> Grid:
    """Return flow directions, or those of the filled sample heights."""
    name = "Input_Flow_Direction_Raster"
    found = given_or_sample(grid, context, name, _MAX_CELLS)
    if grid is None:
        return flow_direction(fill(found))
    codes = found.values[0][found.valid[0]]
    if not np.isin(codes, [0, 1, 2, 4, 8, 16, 32, 64, 128]).all():
        raise ToolFailed(f"{name}: expected the codes 1, 2, 4 ... 128, and 0 for sinks")
    return found


@tool(title="Flow Accumulation", category="Hydrology")
def flow_accumulation(
    flow: _Directions = None,
    weights: Annotated[
        Grid | None,
        Param(
            "Weights", name="Input_Weight_Raster", description="Without one each is 1."
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Accumulation", name="Output_Raster")]:
    """Count the cells from which water runs through each cell.

    Without the cell itself: 0 on ridges. With weights, on the same cells as the
    directions, the sum of the weights of these cells; an empty weight counts as 0.
    Empty cells stay empty. Double precision. Fails for directions that run in a circle.
    At most 2,000,000 cells.
    Source: Jenson and Domingue (1988), PE&RS 54.
    """
    grid = _given_directions(flow, context)
    made = _gathered(grid, _weights(weights, grid), telling(context))
    made = np.where(grid.valid[0], made, np.nan)
    return Grid.of(made, grid.extent, float("nan"))


def _weights(weights: Grid | None, grid: Grid) -> np.ndarray:
    if weights is None:
        return np.ones(grid.values[0].size)
    apart = np.abs(np.subtract(weights.extent.bounds, grid.extent.bounds)).max()
    is_same = weights.values.shape[1:] == grid.values.shape[1:]
    if not is_same or apart > 1e-3 * min(grid.cell_size):
        raise ToolFailed("Input_Weight_Raster: expected the cells of the directions")
    return np.asarray(np.nan_to_num(numbers(weights)).ravel())


def _gathered(
    grid: Grid, weights: np.ndarray, tell: Callable[[float], None]
) -> np.ndarray:
    codes = np.where(grid.valid[0], grid.values[0], 0)
    try:
        return accumulated(receivers(codes), weights, tell).reshape(codes.shape)
    except ValueError as exc:
        raise ToolFailed(f"Input_Flow_Direction_Raster: {exc}") from None


@tool(title="Watershed", category="Hydrology")
def watershed(
    pour_points: Annotated[
        FeatureSet,
        Param(
            "Pour points",
            name="Input_Pour_Points",
            geometry_type=("esriGeometryPoint", "esriGeometryMultipoint"),
            example=POURS,
        ),
    ],
    flow: _Directions = None,
    snap_distance: Annotated[
        LinearUnit,
        Param(
            "Snap distance",
            description="A point moves to the cell within it through which most water"
            " runs; 0 keeps it.",
        ),
    ] = _SNAP,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Watersheds", name="Output_Features", geometry_type="esriGeometryPolygon"),
]:
    """Return the ground from which water runs through points.

    One feature for each point, in their order, with pour_id, its number from 1, and
    cells, how many it has: all cells whose water comes to the point before it comes to
    another one. A point first moves to the cell of the highest flow accumulation within
    the snap distance, measured on the ground; of points that come to one cell the first
    one has it. Points beyond the raster, and those without ground of their own, give no
    feature, and a warning counts them. At most 10,000 points and 2,000,000 cells.
    Source: Jenson and Domingue (1988), PE&RS 54.
    """
    from services.terrain.pouring import snapped, watersheds

    grid = _given_directions(flow, context)
    xy = _places(pour_points, grid, context)
    if snap_distance.metres < 0:
        raise ToolFailed("Snap_Distance must not be negative")
    gathered = _gathered(grid, np.ones(grid.values[0].size), telling(context, 0, 2))
    cells = snapped(xy, grid, gathered, snap_distance.metres)
    codes = np.where(grid.valid[0], grid.values[0], 0)
    here = np.flatnonzero(cells >= 0)
    tell = telling(context)
    tell(60.0)
    of = basins(receivers(codes), cells[here]).reshape(codes.shape)
    tell(80.0)
    shapes, pours, counts = watersheds(np.where(grid.valid[0], of, -1), grid)
    if len(pours) < len(xy) and context is not None:
        count = len(xy) - len(pours)
        noun = "point has" if count == 1 else "points have"
        context.warn(
            f"{count} {noun} no watershed, beyond the raster or on the cell of another"
            f" one: {where_it_lies(grid)}"
        )
    return FeatureSet.of(
        shapes,
        {
            "pour_id": (here[pours] + 1).astype(np.int32),
            "cells": counts.astype(np.int32),
        },
        fields=[Field("pour_id", "esriFieldTypeInteger", "Number of the point"),
                Field("cells", "esriFieldTypeInteger", "Cells")],
        spatial_reference=grid.spatial_reference,
        geometry_type="esriGeometryPolygon",
    )  # fmt: skip


def _places(points: FeatureSet, grid: Grid, context: Context | None) -> np.ndarray:
    """Return the places of points in the reference of a grid. Raises ToolFailed."""
    warn_of_missing(context, Input_Pour_Points=points)
    moved = points.project(grid.spatial_reference)
    xy = shapely.get_coordinates(moved.geometries)
    if len(xy) > _MAX_POINTS:
        raise ToolFailed(
            f"Input_Pour_Points: expected at most {_MAX_POINTS:,} points, not"
            f" {len(xy):,}"
        )
    return np.asarray(xy)
