"""Cells to polygons and polygons to cells, by GDAL."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import islice

import numpy as np
import rasterio.features
import shapely

from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.rasters.gdal import shut_in
from services.rasters.grid import Grid
from services.rasters.warp import Frame


def polygons_of(
    grid: Grid, corners: bool, most: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a polygon for each group of cells of one value, and the values.

    Of the first band, as float32; neighbours meet at edges, with ``corners`` there
    too. None if there are more than ``most``: where that can be told beforehand GDAL,
    which keeps all of them in memory, is not asked.
    """
    values, valid = grid.values[0].astype(np.float32), grid.valid[0]
    if values.size > most and least_groups(values, valid, corners=corners) > most:
        return None
    with shut_in():
        groups = rasterio.features.shapes(
            values, valid, 8 if corners else 4, Frame.of(grid).transform
        )
        found = list(islice(groups, most + 1))
    if len(found) > most:
        return None
    shapes = shapely.from_geojson([json.dumps(geometry) for geometry, _ in found])
    return np.asarray(shapes, dtype=object), np.array([value for _, value in found])


def least_groups(values: np.ndarray, valid: np.ndarray, *, corners: bool) -> int:
    """Return a number of groups that there are at least; exact if none has a hole.

    Cells less pairs of equal neighbours, but for those that close a circle in a square
    of four: the Euler characteristic, which is groups less holes.
    Source: Gray (1971), Local properties of binary images in two dimensions, IEEE
    Trans. Computers C-20, of each value.
    """
    cells = np.where(valid, values, np.nan)
    right, below = cells[:, :-1] == cells[:, 1:], cells[:-1] == cells[1:]
    count = int(valid.sum()) - int(right.sum()) - int(below.sum())
    square = int((right[:-1] & right[1:] & below[:, :-1]).sum())
    if not corners:
        return count + square
    for one, other in ((cells[:-1, :-1], cells[1:, 1:]),
                       (cells[1:, :-1], cells[:-1, 1:])):  # fmt: skip
        count -= int((one == other).sum())
    for row in (right[:-1], right[1:]):
        for column in (below[:, :-1], below[:, 1:]):
            count += int((row & column).sum())
    return count - square


def painted(
    shapes: np.ndarray,
    values: np.ndarray,
    cell_size: float,
    reference: SpatialReference,
    check: Callable[[int], None],
) -> Grid:
    """Return polygons with values on cells from the corner of the box around them.

    Later ones lie on earlier ones; NaN where there is none. ``check`` is asked if so
    many cells may be.
    """
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    columns = max(1, math.ceil((east - west) / cell_size - 1e-9))
    rows = max(1, math.ceil((north - south) / cell_size - 1e-9))
    check(rows * columns)
    where = Extent(
        west, north - rows * cell_size, west + columns * cell_size, north, reference
    )
    with shut_in():
        made = rasterio.features.rasterize(
            zip(shapes, values.tolist(), strict=True), (rows, columns), fill=math.nan,
            transform=Frame(where, rows, columns).transform, dtype="float64",
        )  # fmt: skip
    is_single = np.array_equal(values, values.astype(np.float32))
    return Grid.of(made.astype(np.float32) if is_single else made, where, math.nan)
