"""Lines and outlines with vertices between, so that no edge is long on the ground."""

from __future__ import annotations

import math

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.crs import SpatialReference, transform
from services.geometry.edges import fill, run_on
from services.geometry.planes import geod_of, geographic_of
from services.geometry.ragged import all_coordinates, build_shapes
from services.geometry.wrap import world_width

_MOST_VERTICES = 5_000_000
_ROUNDS = 4


def densify(
    geometries: np.ndarray, reference: SpatialReference, metres: float
) -> np.ndarray:
    """Put even vertices on edges so that none is longer than ``metres`` on the ground.

    Shape (n,) in and out, all lines or all polygons; None and empty stay. New
    vertices lie on the edges as drawn in ``reference``; one of more than half the
    world goes the short way round. Old vertices stay as they are; z and m are
    interpolated. Raises ToolFailed for more than five million vertices.
    """
    result = np.array(geometries, dtype=object)
    rows = np.flatnonzero(
        ~shapely.is_empty(result) & (shapely.get_dimensions(result) > 0)
    )
    if not len(rows):
        return result
    shapes = result[rows]
    xy, dims = all_coordinates(shapes)
    kind, _, offsets = shapely.to_ragged_array(shapely.force_2d(shapes))
    paths = offsets[0]
    running = xy.copy()
    running[:, :2] = _run_on(xy[:, :2], paths, reference)
    for _ in range(_ROUNDS):
        pieces = _pieces(running[:, :2], paths, reference, metres)
        if pieces.max() == 1:
            break
        running = fill(running, pieces)
        paths = np.concatenate([[0], np.cumsum(pieces)])[paths]
    _bring_back(running, np.diff(paths), xy, offsets[0], reference)
    result[rows] = build_shapes(kind, running, (paths, *offsets[1:]), dims)
    return result


def _bring_back(
    running: np.ndarray,
    sizes: np.ndarray,
    xy: np.ndarray,
    paths: np.ndarray,
    reference: SpatialReference,
) -> None:
    """Put vertices beyond the antimeridian home, but of paths that were drawn there."""
    half = world_width(reference) / 2.0
    if not math.isfinite(half):
        return
    reach = np.maximum.reduceat(np.abs(xy[:, 0]), paths[:-1])
    inside = np.repeat(reach <= half * (1.0 + 1e-12), sizes)
    beyond = inside & (np.abs(running[:, 0]) > half * (1.0 + 1e-12))
    running[beyond, 0] = np.remainder(running[beyond, 0] + half, 2.0 * half) - half


def _run_on(
    xy: np.ndarray, paths: np.ndarray, reference: SpatialReference
) -> np.ndarray:
    width = world_width(reference)
    if not math.isfinite(width):
        return xy
    degrees = xy * (360.0 / width)
    degrees[:, 1] = np.clip(degrees[:, 1], -90.0, 90.0)
    turns = np.round((run_on(degrees, paths) - degrees)[:, 0] / 360.0)
    return np.column_stack([xy[:, 0] + turns * width, xy[:, 1]])


def _pieces(
    xy: np.ndarray, paths: np.ndarray, reference: SpatialReference, metres: float
) -> np.ndarray:
    """Return into how many pieces the edge after each vertex goes, 1 at path ends."""
    points = np.asarray(shapely.points(xy))
    lonlat = shapely.get_coordinates(
        transform(points, reference, geographic_of(reference))
    )
    start, end = lonlat, np.roll(lonlat, -1, axis=0)
    length = geod_of(reference).inv(*start.T, *end.T)[2]
    length[paths[1:] - 1] = 0.0
    pieces = np.maximum(np.ceil(length / metres * (1.0 - 1e-9)), 1.0)
    if pieces.sum() > _MOST_VERTICES:
        raise ToolFailed(
            f"Distance is so short that more than {_MOST_VERTICES} vertices were needed"
        )
    return np.asarray(pieces, dtype=np.int64)
