"""Parts of rasters: the cells in a rectangle, or with their centres in polygons."""

from __future__ import annotations

import numpy as np
import shapely
from rasterio.features import geometry_mask

from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.geometry.parts import is_present
from services.rasters.gdal import shut_in
from services.rasters.grid import Grid
from services.rasters.warp import Frame, floating, settled


def clipped(
    grid: Grid,
    extent: Extent | None,
    shapes: np.ndarray | None,
) -> Grid | None:
    """Return the cells that an extent has a part of; None if there are none.

    An extent without a reference, and ``shapes``, are in that of the grid. With shapes,
    also those around them are cut off, and cells whose centre is in none are empty.
    """
    bounds = [grid.extent.bounds]
    if extent is not None:
        corners = FeatureSet.of(
            [extent.polygon],
            spatial_reference=extent.spatial_reference or grid.spatial_reference,
        ).project(grid.spatial_reference)
        bounds.append(tuple(shapely.total_bounds(corners.geometries)))
    if shapes is not None:
        shapes = shapes[is_present(shapes)]
        if not len(shapes):
            return None
        bounds.append(tuple(shapely.total_bounds(shapes)))
    (width, height), box = grid.cell_size, grid.extent
    every = np.array(bounds)
    (west, south), (east, north) = every[:, :2].max(axis=0), every[:, 2:].min(axis=0)
    if west >= east or south >= north:
        return None
    left, right = (west - box.xmin) / width, (east - box.xmin) / width
    top, bottom = (box.ymax - north) / height, (box.ymax - south) / height
    left, top = int(left + 1e-6), int(top + 1e-6)
    right, bottom = int(np.ceil(right - 1e-6)), int(np.ceil(bottom - 1e-6))
    if left >= right or top >= bottom:  # less than a millionth of a cell
        return None
    where = Extent(
        box.xmin + left * width, box.ymax - bottom * height,
        box.xmin + right * width, box.ymax - top * height, box.spatial_reference,
    )  # fmt: skip
    values = grid.values[:, top:bottom, left:right]
    part = Grid(values, where, grid.nodata, grid.bands)
    return part if shapes is None else _masked(part, shapes)


def _masked(grid: Grid, shapes: np.ndarray) -> Grid | None:
    frame = Frame.of(grid)
    with shut_in():
        outside = geometry_mask(shapes, (frame.rows, frame.columns), frame.transform)
    if outside.all():
        return None
    return settled(np.where(outside, np.nan, floating(grid)), grid, grid.extent)
