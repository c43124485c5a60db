"""Rasters cut, sampled, classified, combined and projected."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np

from services.errors import InvalidValue, ToolFailed
from services.files import Raster
from services.geometry.crs import WEB_MERCATOR, SpatialReference
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.rasters.calculator import parse_expression
from services.rasters.classes import reclassified
from services.rasters.grid import Grid
from services.tool import Context, Param, tool
from services.tools._inputs import ready, warn_of_missing
from services.tools._rasters import (
    SAMPLE_HELP,
    given_or_sample,
    like,
    numbers,
    require_cells,
    require_smaller,
    telling,
    where_it_lies,
)

Method = Literal[
    "NEAREST", "BILINEAR", "CUBIC", "AVERAGE", "MAJORITY", "MINIMUM", "MAXIMUM",
    "MEDIAN",
]  # fmt: skip
_Input = Annotated[
    Grid | None, Param("Raster", name="Input_Raster", description=SAMPLE_HELP)
]
_Method = Annotated[
    Method,
    Param(
        "Resampling",
        name="Resampling_Type",
        description="NEAREST and MAJORITY suit classes; BILINEAR and CUBIC go between"
        " cells; the others sum up all cells under a larger one.",
    ),
]
_MAX_RASTERS = 50


class Remap(NamedTuple):
    """A range of values, and what becomes of it."""

    start: Annotated[float, Param("From")]
    end: Annotated[float, Param("To")]
    new: Annotated[float | None, Param("New value; empty for no value")] = None


@tool(title="Reclassify", category="Raster")
def reclassify(
    remap: Annotated[
        list[Remap],
        Param(
            "New values",
            example=[[200, 400, 1], [400, 700, 2], [700, 1100, 3]],
        ),
    ],
    raster: _Input = None,
    missing_values: Annotated[
        Literal["DATA", "NODATA"],
        Param("What no row names", description="DATA keeps it, NODATA empties it."),
    ] = "DATA",
    context: Context | None = None,
) -> Annotated[Grid, Param("Classes", name="Output_Raster")]:
    """Give ranges of values new ones.

    A row holds from a value on to before another one, and the last row of all that end
    highest holds that end too; a row with both the same holds this one value. Of rows
    that overlap the first one counts. An empty new value empties the cells. The first
    band is taken. Whole numbers if all new values are and nothing else is kept. At most
    1,000 rows and 25,000,000 cells.
    """
    grid = given_or_sample(raster, context)
    if not 1 <= len(remap) <= 1000:
        raise ToolFailed(f"Remap: expected 1 to 1,000 rows, not {len(remap):,}")
    for row in remap:
        if row.start > row.end:
            raise ToolFailed(f"Remap: {row.start:g} to {row.end:g} holds nothing")
    rows = [(one.start, one.end, np.nan if one.new is None else one.new)
            for one in remap]  # fmt: skip
    made = reclassified(numbers(grid), rows, keep=missing_values == "DATA")
    known, limit = made[~np.isnan(made)], 2.0**31
    if known.size and (known == np.rint(known)).all() and np.abs(known).max() < limit:
        whole = np.where(np.isnan(made), -limit, made)
        return like(grid, whole.astype(np.int32), -limit)
    return like(grid, made)


@tool(title="Raster Calculator", category="Raster")
def raster_calculator(
    expression: Annotated[
        str,
        Param(
            "Expression",
            description="Of A, B, C, numbers, + - * / // % **, comparisons, and, or,"
            " not, Abs, Sqrt, Exp, Ln, Log10, Log2, Sin, Cos, Tan, ASin, ACos, ATan,"
            " ATan2, Floor, Ceil, Round, Min, Max, Con(condition, yes, no), IsNull.",
            example="Con(A > 500, A / 0.3048, 0)",
        ),
    ],
    a: Annotated[Grid | None, Param("Raster A", description=SAMPLE_HELP)] = None,
    b: Annotated[Grid | None, Param("Raster B")] = None,
    c: Annotated[Grid | None, Param("Raster C")] = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Result", name="Output_Raster")]:
    """Compute a raster from the cells of one to three others.

    The result lies on the cells of A; B and C that lie on others are sampled by the
    nearest cell, and a message says so. Of each the first band is taken. True is 1,
    false 0; angles are radians. A cell is empty where an operand is, or where nothing
    finite comes out (1 / 0); IsNull tells, and Con passes over the branch it does not
    take. The expression is parsed to a tree of just these operations, never run as
    code. At most 25,000,000 cells.
    """
    from services.rasters.warp import nearest_cells, same_cells

    first = given_or_sample(a, context, "A")
    given = {"A": first, "B": b, "C": c}
    known = frozenset(name for name, one in given.items() if one is not None)
    try:
        parsed = parse_expression(expression, known)
    except InvalidValue as exc:
        raise ToolFailed(f"Expression: {exc}") from None
    grids: dict[str, Grid] = {}
    for name, one in given.items():
        if one is None or name not in parsed.names:
            continue
        grids[name] = one
        if not same_cells(one, first):
            try:
                grids[name] = nearest_cells(one, first)
            except InvalidValue as exc:
                raise ToolFailed(f"{name}: {exc}") from None
            if context is not None:
                context.message(
                    f"{name} lies on other cells than A: nearest ones taken"
                )
    made = parsed.on_grids(grids, first.values.shape[1:], telling(context))
    return like(first, made)


@tool(title="Resample", category="Raster")
def resample(
    cell_size: Annotated[
        float,
        Param(
            "Size of the new cells",
            description="In units of the spatial reference of the raster.",
            minimum=1e-12,
            example=0.0025,
        ),
    ],
    raster: _Input = None,
    method: _Method = "NEAREST",
    context: Context | None = None,
) -> Annotated[Grid, Param("Raster", name="Output_Raster")]:
    """Bring a raster onto larger or smaller square cells.

    The upper left corner stays; the lower right one moves by less than a new cell. All
    bands are kept, and their type of numbers; only cells that come out empty in a
    raster of whole numbers without a value for such make it one of floats. At most
    25,000,000 cells. Computed by GDAL.
    """
    from services.rasters.warp import Frame, onto

    grid = given_or_sample(raster, context)
    box = grid.extent
    columns = max(1, round((box.xmax - box.xmin) / cell_size))
    rows = max(1, round((box.ymax - box.ymin) / cell_size))
    require_cells(rows * columns, "Cell_Size")
    where = Extent(
        box.xmin, box.ymax - rows * cell_size, box.xmin + columns * cell_size, box.ymax,
        box.spatial_reference,
    )  # fmt: skip
    return onto(grid, Frame(where, rows, columns), method)


@tool(title="Clip Raster", category="Raster")
def clip_raster(
    raster: _Input = None,
    extent: Annotated[
        Extent | None, Param("Rectangle to keep", name="Rectangle")
    ] = None,
    polygons: Annotated[
        FeatureSet | None,
        Param(
            "Polygons to keep",
            name="Clipping_Features",
            geometry_type="esriGeometryPolygon",
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Raster", name="Output_Raster")]:
    """Keep the part of a raster inside a rectangle, polygons, or both.

    Cells stay as they are: those of which the rectangle has a part remain; of polygons
    those whose centre lies inside, the others of the rectangle around them are empty.
    With neither, the whole raster comes back. A rectangle without a spatial reference
    is in that of the raster. Fails if nothing of the raster is left.
    """
    from services.rasters.clipping import clipped

    grid = given_or_sample(raster, context)
    shapes = None
    if polygons is not None:
        warn_of_missing(context, Clipping_Features=polygons)
        shapes = ready(polygons.project(grid.spatial_reference))
    made = clipped(grid, extent, shapes)
    if made is None:
        raise ToolFailed(f"nothing of the raster is inside: {where_it_lies(grid)}")
    return made


@tool(title="Mosaic", category="Raster")
def mosaic(
    rasters: Annotated[
        list[Raster] | None, Param("Rasters", description=SAMPLE_HELP)
    ] = None,
    mosaic_operator: Annotated[
        Literal["FIRST", "LAST", "MEAN", "MINIMUM", "MAXIMUM"],
        Param("Where rasters overlap"),
    ] = "FIRST",
    method: _Method = "NEAREST",
    context: Context | None = None,
) -> Annotated[Grid, Param("Raster", name="Output_Raster")]:
    """Put rasters together into one.

    The result has the spatial reference, the cells and the type of numbers of the first
    raster and the extent of all; other rasters are resampled onto these cells. Where
    they overlap, the first or last one that is not empty counts, or the mean, lowest or
    highest of all. All have as many bands. At most 50 rasters, and 25,000,000 cells of
    the result.
    """
    from services.rasters.combining import Overlap, union_frame
    from services.rasters.reading import read_grid
    from services.rasters.warp import onto

    paths = [one.path for one in rasters or [] if one.path is not None]
    if len(paths) > _MAX_RASTERS:
        raise ToolFailed(f"Rasters: expected at most {_MAX_RASTERS}, not {len(paths)}")
    if not paths:
        return given_or_sample(None, context, "Rasters")
    grids = [read_grid(path) for path in paths]
    if len({len(one.values) for one in grids}) > 1:
        raise ToolFailed("Rasters: expected as many bands in each")
    overlap = Overlap(mosaic_operator, grids[0])
    try:
        frame = union_frame(grids)
        require_cells(frame.rows * frame.columns, "Rasters")
        for at, one in enumerate(grids):
            overlap.add(onto(one, frame, method))
            telling(context, at, len(grids))(100.0)
    except InvalidValue as exc:
        raise ToolFailed(f"Rasters: {exc}") from None
    return overlap.result(frame.extent)


@tool(title="Project Raster", category="Raster")
def project_raster(
    out_reference: Annotated[
        SpatialReference,
        Param("Spatial reference", name="Out_Coordinate_System", example=WEB_MERCATOR),
    ],
    raster: _Input = None,
    method: _Method = "NEAREST",
    cell_size: Annotated[
        float | None,
        Param(
            "Size of the new cells",
            description="In units of the new reference; without one, cells keep about"
            " their size on the ground.",
            minimum=1e-12,
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[Grid, Param("Raster", name="Output_Raster")]:
    """Bring a raster into another spatial reference.

    Cells are square; those that no cell of the raster lies under are empty. All bands
    and their type of numbers are kept as in Resample. At most 25,000,000 cells.
    Computed by GDAL.
    """
    from services.rasters.warp import onto, projected_frame

    grid = given_or_sample(raster, context)
    try:
        require_smaller(cell_size, projected_frame(grid, out_reference, None).extent)
        frame = projected_frame(grid, out_reference, cell_size)
    except InvalidValue as exc:
        raise ToolFailed(f"Out_Coordinate_System: {exc}") from None
    require_cells(frame.rows * frame.columns, "Cell_Size")
    return onto(grid, frame, method)
