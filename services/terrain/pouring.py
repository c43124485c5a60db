"""Pour points on the cells of a raster, and the ground that drains to each."""

from __future__ import annotations

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.parts import union_by_group
from services.rasters.grid import Grid
from services.rasters.ground import cell_metres

#: Cells that all points look at together when they snap: some seconds.
_MAX_LOOKS = 500_000_000
_FURTHEST = 1e8  # metres: more than around the earth


def snapped(
    xy: np.ndarray, grid: Grid, gathered: np.ndarray, metres: float
) -> np.ndarray:
    """Return the flat index of the cell of each place (k, 2); -1 beyond the raster.

    That of the most gathered water of all cells with their centre within a distance on
    the ground of that of its own; of several the nearest one. Raises ToolFailed,
    naming Snap_Distance, if too many cells would be looked at.
    """
    across, down = (np.broadcast_to(one, gathered.shape) for one in cell_metres(grid))
    (width, height), box = grid.cell_size, grid.extent
    rows, columns = gathered.shape
    made = np.full(len(xy), -1, dtype=np.int64)
    metres = min(metres, _FURTHEST)
    column = np.floor((xy[:, 0] - box.xmin) / width)
    row = np.floor((box.ymax - xy[:, 1]) / height)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    here = np.flatnonzero(inside)
    cells = row[here].astype(int), column[here].astype(int)
    reach = [
        np.minimum(metres / one[cells], most).astype(int)
        for one, most in ((down, rows), (across, columns))
    ]
    looks = np.minimum(2 * reach[0] + 1, rows) * np.minimum(2 * reach[1] + 1, columns)
    if looks.sum() > _MAX_LOOKS:
        raise ToolFailed(
            f"Snap_Distance: {len(here):,} points would look at {looks.sum():,} cells;"
            f" at most {_MAX_LOOKS:,} are accepted. Give a shorter distance"
        )
    for at, r, c, high, wide in zip(
        *(one.tolist() for one in (here, *cells, *reach)), strict=True
    ):
        r0, c0 = max(0, r - high), max(0, c - wide)
        part = (slice(r0, r + high + 1), slice(c0, c + wide + 1))
        y, x = np.ogrid[r0 : r0 + gathered[part].shape[0],
                        c0 : c0 + gathered[part].shape[1]]  # fmt: skip
        apart = np.hypot((y - r) * down[r, c], (x - c) * across[r, c])
        water = np.where(grid.valid[0][part] & (apart <= metres), gathered[part], -1.0)
        if water.max() < 0:
            continue
        best = np.argmin(np.where(water == water.max(), apart, np.inf))
        y_at, x_at = np.unravel_index(best, water.shape)
        made[at] = (r0 + y_at) * columns + c0 + x_at
    return made


def watersheds(of: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the polygons of cells by their number, the numbers, and how many cells.

    ``of`` has the shape of a band; -1 is none. Numbers rise.
    """
    numbers, counts = np.unique(of[of >= 0], return_counts=True)
    if not len(numbers):
        return np.zeros(0, dtype=object), numbers, counts
    from services.rasters.shapes import polygons_of  # GDAL: for this only

    found = polygons_of(Grid.of(of.astype(np.int32), grid.extent, -1), True, of.size)
    assert found is not None  # noqa: S101  (there are no more groups than cells)
    parts, values = found
    groups = np.searchsorted(numbers, values.astype(np.int64))
    shapes = union_by_group(shapely.make_valid(parts), groups, len(numbers))
    return shapes, numbers, counts
