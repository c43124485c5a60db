"""Rasters and features made of each other, and zones."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.parts import is_present
from services.partitions import operations
from services.partitions.operations import is_large
from services.rasters.grid import Grid
from services.rasters.ground import cell_centres
from services.tool import Context, Param, tool
from services.tools._fields import with_fields
from services.tools._inputs import ready, squares, warn_of_missing
from services.tools._rasters import (
    SAMPLE_HELP,
    STEPS_HELP,
    given_or_sample,
    numbers,
    require_cells,
    sample_steps,
    telling,
)

#: Two squares over the sample heights, the second one partly.
_ZONES = squares(
    (-84.35, 36.2, 0.1), (-84.2, 36.3, 0.2), zone=["South", "North"], code=[1.0, 2.0]
)
_Input = Annotated[
    Grid | None, Param("Raster", name="Input_Raster", description=SAMPLE_HELP)
]
_Steps = Annotated[
    Grid | None, Param("Raster", name="Input_Raster", description=STEPS_HELP)
]
_MAX_FEATURES = 100_000
_MAX_ZONES = 500_000
_STATISTICS = {
    "COUNT": ("count", "Cells"),
    "MIN": ("min", "Lowest value"),
    "MAX": ("max", "Highest value"),
    "MEAN": ("mean", "Mean"),
    "STD": ("stdev", "Standard deviation"),
    "SUM": ("sum", "Sum"),
    "MEDIAN": ("median", "Median"),
    "MAJORITY": ("majority", "Most frequent value"),
    "MINORITY": ("minority", "Least frequent value"),
    "VARIETY": ("variety", "Different values"),
}


@tool(title="Zonal Statistics As Table", category="Raster")
def zonal_statistics_as_table(
    zones: Annotated[
        FeatureSet,
        Param(
            "Zones",
            name="Input_Zone_Features",
            geometry_type="esriGeometryPolygon",
            example=_ZONES,
        ),
    ],
    raster: _Input = None,
    context: Context | None = None,
) -> Annotated[RecordSet, Param("Statistics", name="Output_Table")]:
    """Sum up the values of a raster in each polygon.

    Each polygon gives a row with its attributes and COUNT (cells, those in part by the
    part that lies inside), AREA (square metres on the ground of these cells), MIN, MAX,
    RANGE, MEAN, STD, SUM, MEDIAN, MAJORITY, MINORITY and VARIETY of the values. Mean,
    deviation and sum weigh each cell by its part inside; the deviation is that of all,
    not of a sample. The first band is taken, and empty cells are left out. Polygons are
    brought into the spatial reference of the raster, made valid, and may overlap. A
    polygon without a cell has COUNT 0 and nulls. Fields of these names are replaced. At
    most 25,000,000 cells and 500,000 polygons; many of them are worked on in parts.
    Source: exactextract (exact coverage fractions).
    """
    grid = given_or_sample(raster, context)
    if len(zones) > _MAX_ZONES:
        raise ToolFailed(
            f"Input_Zone_Features: expected at most {_MAX_ZONES:,} polygons, not"
            f" {len(zones):,}"
        )
    warn_of_missing(context, Input_Zone_Features=zones)
    shapes = ready(zones.project(grid.spatial_reference))
    found = _zonal(grid, shapes, context)
    found["RANGE"] = found["MAX"] - found["MIN"]
    titles = {name: title for name, (_, title) in _STATISTICS.items()}
    titles |= {"AREA": "Square metres", "RANGE": "Highest less lowest value"}
    order = ["COUNT", "AREA", "MIN", "MAX", "RANGE", *list(_STATISTICS)[3:]]
    if context is not None and (found["COUNT"] == 0).any():
        count = int((found["COUNT"] == 0).sum())
        noun = "polygon has" if count == 1 else "polygons have"
        context.warn(f"{count} {noun} no cell of the raster")
    columns = [(Field(name, "esriFieldTypeDouble", titles[name]), found[name])
               for name in order]  # fmt: skip
    return with_fields(zones, columns).records


def _zonal(
    grid: Grid, shapes: np.ndarray, context: Context | None
) -> dict[str, np.ndarray]:
    """Return the statistics of polygons, in parts if there are many."""
    from services.rasters.zones import write_cells, zonal, zonal_in_file

    wanted = {name: op for name, (op, _) in _STATISTICS.items()}
    if not is_large(shapes):
        return zonal(grid, shapes, wanted)
    parent = context.scratch if context is not None else None
    with tempfile.TemporaryDirectory(prefix="cells-", dir=parent) as folder:
        cells = write_cells(grid, Path(folder) / "cells.npy")
        measure = partial(zonal_in_file, cells=cells, operations=wanted)
        return operations.numbers(measure, shapes, context)


@tool(title="Raster To Polygon", category="Raster")
def raster_to_polygon(
    raster: _Steps = None,
    connection: Annotated[
        Literal["EDGES", "CORNERS"], Param("Cells are neighbours by")
    ] = "EDGES",
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Polygons", name="Output_Features", geometry_type="esriGeometryPolygon"),
]:
    """Make a polygon of each group of neighbouring cells of one value.

    The edges are those of the cells; there is no simplification. The field gridcode has
    the value; empty cells make no polygon. The first band is taken, in single
    precision. At most 100,000 polygons: reclassify a raster of many values first.
    Computed by GDAL.
    """
    from services.rasters.shapes import polygons_of

    grid = given_or_sample(raster, context, sample=sample_steps)
    tell = telling(context)
    tell(5.0)
    found = polygons_of(grid, connection == "CORNERS", _MAX_FEATURES)
    tell(90.0)
    if found is None:
        raise ToolFailed(
            f"Input_Raster: has more than {_MAX_FEATURES:,} groups of cells of one"
            " value; reclassify it first"
        )
    shapes, values = found
    return FeatureSet.of(
        shapes,
        {"gridcode": values},
        fields=[Field("gridcode", "esriFieldTypeDouble", "Value")],
        spatial_reference=grid.spatial_reference,
        geometry_type="esriGeometryPolygon",
    )


@tool(title="Polygon To Raster", category="Raster")
def polygon_to_raster(
    polygons: Annotated[
        FeatureSet,
        Param(
            "Polygons",
            name="Input_Features",
            geometry_type="esriGeometryPolygon",
            example=_ZONES,
        ),
    ],
    value_field: Annotated[
        Field,
        Param("Field of values", depends_on="polygons", example=Field("code")),
    ],
    cell_size: Annotated[
        float,
        Param(
            "Size of the cells",
            description="In units of the spatial reference of the polygons.",
            minimum=1e-12,
            example=0.005,
        ),
    ],
    context: Context | None = None,
) -> Annotated[Grid, Param("Raster", name="Output_Raster")]:
    """Paint polygons on a raster.

    A cell gets the number in the field of the polygon its centre lies in, of the last
    one where they overlap; others are empty. The raster begins at the upper left corner
    of the box around all polygons and has their spatial reference; longitudes beyond
    180 are brought back. Polygons without a geometry or a number are left out, and a
    warning counts them. At most 25,000,000 cells. Computed by GDAL.
    """
    from services.rasters.shapes import painted

    field = polygons.field(value_field.name)
    if not field.is_numeric:
        raise ToolFailed(f"Value_Field: expected numbers; '{field.name}' has none")
    shapes, values = ready(polygons), polygons.numbers(field.name)
    kept = is_present(shapes) & ~np.isnan(values)
    if not kept.all() and context is not None:
        count = int((~kept).sum())
        noun = "polygon has" if count == 1 else "polygons have"
        context.warn(f"{count} {noun} no geometry or no number and were left out")
    if not kept.any():
        raise ToolFailed("Input_Features: expected a polygon with a number")
    return painted(shapes[kept], values[kept], cell_size, polygons.spatial_reference,
                   lambda count: require_cells(count, "Cell_Size"))  # fmt: skip


@tool(title="Raster To Point", category="Raster")
def raster_to_point(
    raster: _Steps = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Points", name="Output_Features", geometry_type="esriGeometryPoint"),
]:  # fmt: skip
    """Make a point of the centre of each cell.

    The field grid_code has the value of the first band; empty cells make no point. At
    most 100,000 points.
    """
    import shapely

    grid = given_or_sample(raster, context, sample=sample_steps)
    values = numbers(grid)
    known = ~np.isnan(values)
    if known.sum() > _MAX_FEATURES:
        raise ToolFailed(
            f"Input_Raster: expected at most {_MAX_FEATURES:,} cells with a value, not"
            f" {int(known.sum()):,}"
        )
    rows, columns = np.nonzero(known)
    x, y = cell_centres(grid.extent, *values.shape)
    return FeatureSet.of(
        shapely.points(x[columns], y[rows]),
        {"grid_code": values[known]},
        spatial_reference=grid.spatial_reference,
        geometry_type="esriGeometryPoint",
    )
