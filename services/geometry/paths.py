"""Lines through points, in an order, one for each group."""

from __future__ import annotations

import math

import numpy as np
import shapely

from services.geometry.crs import SpatialReference
from services.geometry.ragged import dimensions, lines
from services.geometry.wrap import world_width, wrap


def lines_through(
    points: np.ndarray, groups: np.ndarray, reference: SpatialReference, *, close: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return lines through the points of each group, and the group of each line.

    ``points`` (n,) are no None or empty ones, sorted by ``groups`` (n,). A line has
    at least two different places; ``close`` lets it end where it began. An edge runs
    the short way round the globe, and is cut at the antimeridian. z and m stay.
    """
    has_z, has_m = bool(shapely.has_z(points).any()), bool(shapely.has_m(points).any())
    xy = shapely.get_coordinates(points, include_z=has_z, include_m=has_m)
    width = world_width(reference)
    if math.isfinite(width):
        turns = np.round(np.diff(xy[:, 0], prepend=xy[:1, 0]) / width)
        turns[np.flatnonzero(np.diff(groups, prepend=-1))] = 0.0
        total = np.cumsum(turns)
        first = np.searchsorted(groups, groups)
        xy[:, 0] -= width * (total - total[first])
    if close:
        xy, groups = _closed(xy, groups)
    low, start = np.unique(groups, return_index=True)
    moved = np.zeros(len(groups), dtype=bool)
    moved[1:] = (xy[1:, :2] != xy[:-1, :2]).any(axis=1) & (groups[1:] == groups[:-1])
    usable = np.bincount(groups[moved], minlength=int(low.max(initial=-1)) + 1)[low] > 0
    kept = np.isin(groups, low[usable])
    sizes = np.diff(np.append(start, len(groups)))[usable]
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    made = lines(xy[kept], offsets, dimensions(has_z, has_m))
    return wrap(made, reference), low[usable]


def _closed(xy: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add the first place of each group at its end, unless it ends there."""
    start = np.flatnonzero(np.diff(groups, prepend=-1))
    end = np.append(start[1:], len(groups)) if len(start) else start
    is_open = (xy[start, :2] != xy[end - 1, :2]).any(axis=1)
    at = end[is_open]
    return (
        np.insert(xy, at, xy[start[is_open]], axis=0),
        np.insert(groups, at, groups[start[is_open]]),
    )
