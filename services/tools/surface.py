"""The shape of a surface: how steep it is, where it faces, its light and contours."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from services.geometry.features import FeatureSet, Field
from services.imagery.block import Block
from services.imagery.shading import Hillshade, slopes
from services.rasters.grid import Grid
from services.rasters.ground import cell_centres
from services.tool import Context, Param, tool
from services.tools._rasters import (
    SAMPLE_HELP,
    by_strips,
    given_or_sample,
    like,
    numbers,
    telling,
)

#: The heights that most of these tools take.
Heights = Annotated[
    Grid | None,
    Param("Heights", name="Input_Raster", description=SAMPLE_HELP),
]
_Factor = Annotated[
    float,
    Param(
        "Metres in one unit of height",
        name="Z_Factor",
        description="1 for metres, 0.3048 for feet.",
        minimum=1e-6,
        maximum=1e6,
    ),
]
_MAX_LEVELS = 2000
_CONTOUR_FIELDS = (
    Field("Id", "esriFieldTypeInteger"),
    Field("Contour", "esriFieldTypeDouble", "Height"),
)


@tool(title="Slope", category="Surface")
def slope(
    raster: Heights = None,
    measurement: Annotated[
        Literal["DEGREE", "PERCENT_RISE"],
        Param("Unit of the slope", name="Output_Measurement"),
    ] = "DEGREE",
    z_factor: _Factor = 1.0,
    context: Context | None = None,
) -> Annotated[Grid, Param("Slope", name="Output_Raster")]:
    """Return how steep the ground is at each cell.

    The steepest rise from the eight cells around each, which Horn weighs 1, 2, 1, in
    degrees (0 to 90) or in percent (100 is 45 degrees). Cells are measured on the
    ground, in each row of degrees and at each place of a projection, so a raster may
    come in any spatial reference. A neighbour that is empty or beyond the edge counts
    as high as the cell itself. Empty cells stay empty. Of several bands the first one
    is taken. At most 25,000,000 cells.
    Source: Horn (1981), Hill shading and the reflectance map, Proc. IEEE 69.
    """
    heights = given_or_sample(raster, context)

    def steep(block: Block) -> np.ndarray:
        rise = z_factor * np.hypot(*slopes(block))
        return np.asarray(
            np.degrees(np.arctan(rise)) if measurement == "DEGREE" else 100 * rise
        )

    return like(heights, by_strips(heights, steep, context))


@tool(title="Aspect", category="Surface")
def aspect(
    raster: Heights = None, context: Context | None = None
) -> Annotated[Grid, Param("Aspect", name="Output_Raster")]:
    """Return the direction in which the ground falls at each cell.

    Degrees clockwise from the top of the raster, which is north in degrees and in
    Mercator maps: 0 is north, 90 east. Level cells are -1, empty ones stay empty.
    Rises are those of Slope. At most 25,000,000 cells.
    Source: Horn (1981), Hill shading and the reflectance map, Proc. IEEE 69.
    """
    heights = given_or_sample(raster, context)

    def facing(block: Block) -> np.ndarray:
        east, south = slopes(block)
        degrees = np.degrees(np.arctan2(-east, south)) % 360.0
        return np.where((east == 0) & (south == 0), -1.0, degrees)

    return like(heights, by_strips(heights, facing, context))


@tool(title="Hillshade", category="Surface")
def hillshade(
    raster: Heights = None,
    azimuth: Annotated[
        float, Param("Direction of the light in degrees", minimum=0, maximum=360)
    ] = 315.0,
    altitude: Annotated[
        float, Param("Height of the light in degrees", minimum=0, maximum=90)
    ] = 45.0,
    z_factor: _Factor = 1.0,
    context: Context | None = None,
) -> Annotated[Grid, Param("Hillshade", name="Output_Raster")]:
    """Return the light that falls on each cell, 0 to 255.

    255 times the cosine between the light and what stands upright on the ground, 0
    where that is negative; no shadow is cast on other cells. Rises are those of Slope;
    a z factor above that of the unit exaggerates. Whole numbers; empty cells stay
    empty. At most 25,000,000 cells.
    Source: Horn (1981), Hill shading and the reflectance map, Proc. IEEE 69.
    """
    heights = given_or_sample(raster, context)
    light = Hillshade(azimuth=azimuth, altitude=altitude, z_factor=z_factor)
    made = by_strips(heights, light.shade, context)
    whole = np.where(np.isnan(made), -1, np.rint(np.nan_to_num(made)))
    return like(heights, whole.astype(np.int16), -1)


@tool(title="Contour", category="Surface")
def contour(
    interval: Annotated[
        float, Param("Height between contours", minimum=1e-9, example=50.0)
    ],
    raster: Heights = None,
    base: Annotated[float, Param("Height to count from", name="Base_Contour")] = 0.0,
    z_factor: Annotated[
        float,
        Param(
            "Factor",
            description="Heights are multiplied by it before contours are drawn.",
            minimum=1e-9,
        ),
    ] = 1.0,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Contours", name="Output_Features", geometry_type="esriGeometryPolyline"),
]:
    """Draw lines of equal height.

    One feature for each height base + k times the interval that the raster meets, with
    that height in the field Contour and all its lines. Heights are those of the centres
    of cells and linear between them, so lines begin and end half a cell inside the
    edge; there are none around empty cells. Lines lie in the spatial reference of the
    raster. At most 2,000 heights and 25,000,000 cells. A raster that is level or empty
    has no contours, and a warning says so.
    Source: marching squares, by contourpy.
    """
    from services.terrain.contours import contour_levels, contour_lines

    heights = given_or_sample(raster, context)
    values = z_factor * numbers(heights)
    levels = contour_levels(values, interval, base, _MAX_LEVELS)
    x, y = cell_centres(heights.extent, *values.shape)
    found, kept = np.zeros(0, dtype=object), np.zeros(0)
    if min(values.shape) > 1:
        found, kept = contour_lines(x, y, values, levels, telling(context))
    if not len(found) and context is not None:
        context.warn("the raster meets none of the heights: there are no contours")
    return FeatureSet.of(
        found,
        {"Id": np.arange(1, len(found) + 1, dtype=np.int32), "Contour": kept},
        fields=_CONTOUR_FIELDS,
        spatial_reference=heights.spatial_reference,
        geometry_type="esriGeometryPolyline",
    )
