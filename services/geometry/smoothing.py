"""Lines and outlines with their corners cut off."""

from __future__ import annotations

import numpy as np
import shapely

from services.geometry.crs import SpatialReference, transform
from services.geometry.planes import geographic_of
from services.geometry.ragged import all_coordinates, build_shapes, offsets_of


def cut_corners(
    geometries: np.ndarray, reference: SpatialReference, rounds: int
) -> np.ndarray:
    """Cut corners in rounds, each time at a quarter of the edges on both sides.

    Shape (n,) in and out, all lines or all polygons; None and empty stay. Ends of
    lines stay, and so do vertices on the antimeridian and the poles, where a map is
    cut. z and m are interpolated like x and y. A geometry that a round would make
    cross itself stays as it was before that round.
    Source: Chaikin (1974), An algorithm for high-speed curve generation, Computer
    Graphics and Image Processing 3.
    """
    result = np.array(geometries, dtype=object)
    todo = np.flatnonzero(
        ~shapely.is_empty(result) & (shapely.get_dimensions(result) > 0)
    )
    sound = _is_sound(result)
    for _ in range(rounds):
        if not len(todo):
            break
        made = _cut_once(result[todo], reference)
        good = _is_sound(made) | ~sound[todo]
        todo = todo[good]
        result[todo] = made[good]
    return result


def _is_sound(geometries: np.ndarray) -> np.ndarray:
    area = shapely.get_dimensions(geometries) == 2
    valid, simple = shapely.is_valid(geometries), shapely.is_simple(geometries)
    return np.asarray(np.where(area, valid, simple))


def _cut_once(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return each vertex as two: a quarter of the way to the one before and after."""
    xy, dims = all_coordinates(geometries)
    level = np.asarray(shapely.force_2d(geometries), dtype=object)
    kind, _, offsets = shapely.to_ragged_array(level)
    starts, ends = offsets[0][:-1], offsets[0][1:] - 1
    closed = (xy[starts, :2] == xy[ends, :2]).all(axis=1)
    closed &= shapely.get_dimensions(geometries).max() == 2
    before, after = np.arange(-1, len(xy) - 1), np.arange(1, len(xy) + 1)
    before[starts[closed]] = ends[closed] - 1
    fixed = _is_fixed(level, reference)
    fixed[starts[~closed]] = fixed[ends[~closed]] = True
    before[fixed], after[fixed] = np.flatnonzero(fixed), np.flatnonzero(fixed)
    before[0], after[-1] = max(before[0], 0), min(after[-1], len(xy) - 1)
    halves = [0.75 * xy + 0.25 * xy[other] for other in (before, after)]
    made = np.stack(halves, axis=1).reshape(-1, xy.shape[1])
    keep = np.ones((len(xy), 2), dtype=bool)
    keep[fixed, 1] = False  # both halves are the vertex
    keep[ends[closed]] = False
    path = np.repeat(np.arange(len(starts)), np.diff(offsets[0]))
    sizes = np.bincount(path, keep.sum(axis=1)).astype(np.int64)
    made = made[keep.ravel()]
    cut = offsets_of(sizes)
    made = np.insert(made, cut[1:][closed], made[cut[:-1][closed]], axis=0)
    offsets = (offsets_of(sizes + closed), *offsets[1:])
    return build_shapes(kind, made, offsets, dims)


def _is_fixed(level: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Tell which vertices lie on an edge of the world map."""
    lonlat = shapely.get_coordinates(
        transform(level, reference, geographic_of(reference))
    )
    fixed = np.abs(np.abs(lonlat[:, 0]) - 180.0) < 1e-9
    return np.asarray(fixed | (np.abs(lonlat[:, 1]) > 90.0 - 1e-9))
