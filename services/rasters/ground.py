"""What a cell of a raster measures on the ground."""

from __future__ import annotations

import numpy as np

from services.geometry.crs import SpatialReference, transformer_of
from services.geometry.extents import Extent
from services.geometry.planes import earth_centred, geod_of, geographic_of
from services.rasters.grid import Grid

#: Nodes each way between which the size of projected cells is interpolated.
_NODES = 129


def cell_metres(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Return the metres across and down a cell; both go with (rows, columns).

    Exact for degrees, by rows. Cells of a projection are measured by the steps that
    a cell makes on the ellipsoid, at 129 nodes each way, with straight lines between
    them. What has no place on the globe counts as large as the projection has it.
    Source: Snyder (1987), USGS PP 1395, chapter 4.
    """
    reference, (width, height) = grid.spatial_reference, grid.cell_size
    _, rows, columns = grid.values.shape
    x, y = cell_centres(grid.extent, rows, columns)
    if reference.same_place(geographic_of(reference)):
        across, down = _degrees(y, reference)
        return across[:, None] * width, down[:, None] * height
    across_at = np.unique(np.linspace(0, columns - 1, _NODES).round().astype(int))
    down_at = np.unique(np.linspace(0, rows - 1, _NODES).round().astype(int))
    nodes = np.stack(np.meshgrid(x[across_at], y[down_at]), axis=-1)
    made = []
    for step in ((width, 0.0), (0.0, height)):
        size = _step(nodes.reshape(-1, 2), np.array(step), reference)
        made.append(_filled(size.reshape(nodes.shape[:2]), down_at, across_at, grid))
    return made[0], made[1]


def cell_centres(
    extent: Extent, rows: int, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return x of the columns and y of the rows, north first, of a grid's centres."""
    width, height = extent.xmax - extent.xmin, extent.ymax - extent.ymin
    x = extent.xmin + (np.arange(columns) + 0.5) * width / columns
    y = extent.ymax - (np.arange(rows) + 0.5) * height / rows
    return x, y


def _degrees(
    lat: np.ndarray, reference: SpatialReference
) -> tuple[np.ndarray, np.ndarray]:
    """Return metres of a degree to the east and to the north; a pole has a hair."""
    geod = geod_of(reference)
    lat = np.radians(lat)
    flat = 1 - geod.es * np.sin(lat) ** 2
    normal = geod.a / np.sqrt(flat)
    across = normal * np.maximum(np.cos(lat), 1e-9)
    return np.radians(1) * across, np.radians(1) * normal * (1 - geod.es) / flat


def _step(xy: np.ndarray, step: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return the metres on the ground of a step around each place; shape (k,)."""
    target = geographic_of(reference)
    transformer = transformer_of(reference.crs, target.crs)
    ends = []
    for side in (-0.5, 0.5):
        moved = np.column_stack(transformer.transform(*(xy + side * step).T))
        moved[~np.isfinite(moved).all(axis=1)] = np.nan
        ends.append(earth_centred(moved, geod_of(reference)))
    metres = np.linalg.norm(ends[1] - ends[0], axis=0)
    drawn = float(np.abs(step).sum()) * reference.metres_per_unit
    return np.where(np.isfinite(metres) & (metres > 0), metres, drawn)


def _filled(
    nodes: np.ndarray, rows: np.ndarray, columns: np.ndarray, grid: Grid
) -> np.ndarray:
    """Return numbers at some rows and columns for all of them, straight between."""
    _, height, width = grid.values.shape
    across = np.arange(width)
    level = np.stack([np.interp(across, columns, one) for one in nodes])
    at = np.interp(np.arange(height), rows, np.arange(len(rows)))
    low = np.minimum(at.astype(int), max(len(rows) - 2, 0))
    high = np.minimum(low + 1, len(rows) - 1)
    share = (at - low)[:, None].astype(np.float32)
    level = level.astype(np.float32)
    return np.asarray(level[low] * (1 - share) + level[high] * share)
