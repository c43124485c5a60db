"""How dense features lie."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from services.errors import ToolFailed
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.geometry.units import METRES, LinearUnit
from services.rasters.grid import Grid
from services.tool import Context, Param, tool
from services.tools._patterns import SHOPS, located, weights_of

MAX_CELLS = 4_000_000
_CELLS = 250  # along the shorter side, if nothing else is said
_LEAST = 1e-3  # metres: below, places and cells differ by rounding alone
_FURTHEST = 2_000_000.0  # metres up to which an arc is found from its chord to 1e-6


@tool(title="Kernel Density", category="Spatial Statistics")
def kernel_density(
    input_features: Annotated[
        FeatureSet,
        Param("Points", geometry_type="esriGeometryPoint", example=SHOPS),
    ],
    population_field: Annotated[
        str | None,
        Param(
            "Population field",
            description="Field of numbers, none negative: how many each point stands"
            " for. Without it each counts as one.",
        ),
    ] = None,
    cell_size: Annotated[
        LinearUnit | None,
        Param(
            "Cell size",
            description="Without it, the shorter side of the raster by 250.",
        ),
    ] = None,
    search_radius: Annotated[
        LinearUnit | None,
        Param(
            "Search radius",
            description="Without it, by a rule of thumb from how the points spread.",
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Points per square kilometre", name="Output_Raster")]:
    """Map how many points, or what they stand for, lie on a square kilometre.

    Each point is spread over a disc of the search radius by the quartic kernel,
    3 / (pi r^2) (1 - (d / r)^2)^2, with d the distance on the ground; a cell holds
    the sum at its middle, per square kilometre. Over all cells, each times its area
    on the ground, the sum is that of the points, for the raster reaches one radius
    beyond them. Distances follow the earth: within 3 millionths up to 500 km.

    The raster is in the spatial reference of the points with square cells there; in
    degrees the cell size is counted from north to south, one degree as 111.32 km.
    Over the antimeridian it runs on beyond 180 degrees. At most 4,000,000 cells.

    The search radius is by default 0.9 min(SD, sqrt(1 / ln 2) Dm) n^-0.2: SD is the
    standard distance from the mean center, Dm the median distance from it, n the
    number of points, or what they stand for. It is at most 2,000 km. A message tells
    radius and cell size. Points without a geometry or a value are left out and
    counted.
    Source: Silverman (1986), Density Estimation for Statistics and Data Analysis,
    equations 3.31 and 4.5.
    """
    from services.patterns import density

    weights = weights_of(input_features, population_field, "Population_Field")
    places = located(input_features, 1, context, weights)
    weights = weights[places.rows]
    if not weights.any():
        raise ToolFailed("Population_Field must be above 0 for some point")
    metres = _radius(search_radius, places, weights)
    extent = density.extent_around(places, metres)
    size = _cell_size(cell_size, extent)
    extent, shape = _cells(extent, size)
    if context is not None:
        context.message(
            f"Search radius {metres:g} m, {shape[0]} rows and {shape[1]} columns of"
            f" cells of {size:g} map units"
        )

    def told(share: float) -> None:
        if context is not None:
            context.progress(100.0 * share, f"{share:.0%} of the raster is done")

    values = density.kernel_density(places, weights, metres, extent, shape, told)
    return Grid.of(values.astype(np.float32), extent)


def _radius(given: LinearUnit | None, places: Any, weights: np.ndarray) -> float:
    from services.patterns.density import default_radius

    if given is None:
        metres = default_radius(places, weights)
        if metres < _LEAST:
            raise ToolFailed("Search_Radius is needed: all points are in one place")
        return min(metres, _FURTHEST)
    if not _LEAST <= given.metres <= _FURTHEST:
        raise ToolFailed("Search_Radius must be above 0 (1 mm) and at most 2,000 km")
    return given.metres


def _cell_size(given: LinearUnit | None, extent: Extent) -> float:
    """Return the side of a cell in units of the reference of ``extent``."""
    if given is None:
        wide, high = extent.xmax - extent.xmin, extent.ymax - extent.ymin
        return min(wide, high) / _CELLS
    reference = extent.spatial_reference
    assert reference is not None  # noqa: S101  (the extent is that of points)
    degree = METRES["esriDecimalDegrees"]
    unit = degree if reference.is_geographic else reference.metres_per_unit
    if given.metres < _LEAST:
        raise ToolFailed("Cell_Size must be above 0: 1 mm or more")
    return given.metres / unit


def _cells(extent: Extent, size: float) -> tuple[Extent, tuple[int, int]]:
    """Return the extent grown to whole cells, and the number of rows and columns."""
    columns = max(math.ceil((extent.xmax - extent.xmin) / size - 1e-9), 1)
    rows = max(math.ceil((extent.ymax - extent.ymin) / size - 1e-9), 1)
    if rows * columns > MAX_CELLS:
        raise ToolFailed(
            f"Cell_Size makes {rows * columns} cells; at most {MAX_CELLS} are made"
        )
    east, south = extent.xmin + columns * size, extent.ymax - rows * size
    box = (extent.xmin, south, east, extent.ymax)
    return Extent(*box, extent.spatial_reference), (rows, columns)
