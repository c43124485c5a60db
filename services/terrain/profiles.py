"""Heights along lines, with distances on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.crs import transformer_of
from services.geometry.planes import geod_of, geographic_of
from services.rasters.grid import Grid

#: Places along all lines of a run.
MAX_SAMPLES = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Places along lines: x and y (k, 2), metres from the start, heights (NaN: none).

    ``part`` is the line of each, ``owner`` the geometry whose part that line is; both
    rise. ``metres`` go on from one part of a geometry to the next, without the gap.
    """

    xy: np.ndarray
    metres: np.ndarray
    heights: np.ndarray
    part: np.ndarray
    owner: np.ndarray


def heights_at(grid: Grid, xy: np.ndarray) -> np.ndarray:
    """Return the height at places (k, 2), linear between the centres of four cells.

    Within half a cell of the edge, and beside empty cells, it is the height of the
    cell itself; NaN in empty cells and beyond the edge.
    """
    _, rows, columns = grid.values.shape
    values, valid = grid.values[0], grid.valid[0]
    width, height = grid.cell_size
    column = (xy[:, 0] - grid.extent.xmin) / width - 0.5
    row = (grid.extent.ymax - xy[:, 1]) / height - 0.5
    inside = (column >= -0.5) & (column <= columns - 0.5)
    inside &= (row >= -0.5) & (row <= rows - 0.5)
    column = np.where(inside, np.clip(column, 0, columns - 1), 0.0)
    row = np.where(inside, np.clip(row, 0, rows - 1), 0.0)
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    right, below = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    x, y = column - left, row - top
    made = np.zeros(len(xy))
    known = inside.copy()
    for at, weight in (
        ((top, left), (1 - y) * (1 - x)), ((top, right), (1 - y) * x),
        ((below, left), y * (1 - x)), ((below, right), y * x),
    ):  # fmt: skip
        known &= valid[at] | (weight == 0)
        made += np.where(weight > 0, weight * values[at], 0.0)
    own = np.rint(row).astype(int), np.rint(column).astype(int)
    alone = inside & ~known & valid[own]
    made[alone] = values[own][alone]
    return np.where(known | alone, made, np.nan)


def along(lines: np.ndarray, grid: Grid, metres: float | None = None) -> Samples:
    """Return places along lines at their vertices and every so many metres between.

    ``lines`` are in the reference of the grid, their edges straight there. Without
    ``metres`` places are half a cell apart. Distances are geodesic. None and empty
    lines have no places. Raises ToolFailed for more than ``MAX_SAMPLES``.
    """
    parts, owner = shapely.get_parts(lines, return_index=True)
    parts = shapely.force_2d(parts)
    step = min(grid.cell_size) / 2
    whole = float(np.nansum(shapely.length(parts)))
    if metres is None and whole / step > MAX_SAMPLES:
        raise ToolFailed(
            "Input_Line_Features: the lines are so long that half a cell makes"
            f" {whole / step:,.0f} places; at most {MAX_SAMPLES:,} are accepted"
        )
    if metres is not None:
        step = _drawn_step(parts, grid, metres)
        if whole / step > MAX_SAMPLES:  # near a pole a metre is many degrees
            raise ToolFailed(
                f"Sample_Distance: {metres:g} m makes {whole / step:,.0f} places in the"
                f" reference of the raster; at most {MAX_SAMPLES:,} are accepted"
            )
    dense, long = np.array(parts, dtype=object), shapely.length(parts) > 0
    dense[long] = shapely.segmentize(dense[long], step)  # GEOS fails at no length
    xy, part = shapely.get_coordinates(dense, return_index=True)
    return Samples(
        xy, _metres(xy, part, owner, grid), heights_at(grid, xy), part, owner[part]
    )


def _drawn_step(parts: np.ndarray, grid: Grid, metres: float) -> float:
    """Return what a distance on the ground is in units of the reference, at least."""
    xy, part = shapely.get_coordinates(parts, return_index=True)
    ground = _steps(xy, part, grid)
    drawn = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    far = ground > 0
    shares = drawn[far] / ground[far]
    total = float(ground.sum())
    if total / metres > MAX_SAMPLES:
        raise ToolFailed(
            f"Sample_Distance: {metres:g} m makes {total / metres:,.0f} places; at"
            f" most {MAX_SAMPLES:,} are accepted"
        )
    return float(shares.min(initial=np.inf)) * metres if far.any() else 1.0


def _metres(
    xy: np.ndarray, part: np.ndarray, owner: np.ndarray, grid: Grid
) -> np.ndarray:
    total = np.cumsum(_steps(xy, part, grid))
    of = owner[part]
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    return np.asarray(
        total - np.repeat(total[starts], np.diff(np.append(starts, len(of))))
    )


def _steps(xy: np.ndarray, part: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the metres from each place to the one before on its line, 0 at first."""
    reference = grid.spatial_reference
    target = geographic_of(reference)
    lon, lat = transformer_of(reference.crs, target.crs).transform(*xy.T)
    steps = np.zeros(len(xy))
    if len(xy) > 1:
        _, _, steps[1:] = geod_of(reference).inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    steps[np.diff(part, prepend=-1) != 0] = 0.0
    return np.nan_to_num(steps)
